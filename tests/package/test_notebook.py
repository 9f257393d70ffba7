"""What a page needs from its notebook, outside and inside a real one."""

import nbclient
import nbformat
import numpy as np
import pytest
import torch

from d2l.notebook import glue, in_notebook, note

CODE = [
    "import torch, numpy as np\n"
    "from d2l.notebook import glue, in_notebook, note\n"
    "print(in_notebook())",
    "note('Some **words**.')",
    "glue(accuracy=0.875, loss=torch.tensor(1.5), count=np.int64(7),"
    " name='LeNet')",
    "from myst_nb import glue as theirs\n"
    "for name, value in [('accuracy', 0.875), ('loss', 1.5), ('count', 7),"
    " ('name', 'LeNet')]:\n"
    "    theirs(name, value, display=False)",
    "glue(a=1, b=torch.zeros(2))",
]


def test_outside_a_notebook_a_note_is_a_warning() -> None:
    assert in_notebook() is False
    with pytest.warns(UserWarning, match=r"Some \*\*words\*\*\."):
        note("Some **words**.")


def test_outside_a_notebook_glue_says_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    glue(accuracy=0.5, loss=torch.tensor(1.0))
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    "value", [torch.zeros(2), torch.zeros(0), np.zeros((1, 2))]
)
def test_many_numbers_are_refused_everywhere(value: object) -> None:
    with pytest.raises(ValueError, match=r"curve.*shape"):
        glue(accuracy=0.5, curve=value)


@pytest.fixture(scope="module")
def outputs() -> list[list[nbformat.NotebookNode]]:
    """Outputs of the cells of `CODE`, executed in a real kernel."""
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(code) for code in CODE],
        metadata={"kernelspec": {"name": "python3", "display_name": ""}},
    )
    nbclient.NotebookClient(notebook, timeout=60, allow_errors=True).execute()
    return [cell.outputs for cell in notebook.cells]


def test_a_kernel_is_recognised(outputs) -> None:
    assert outputs[0][0].text == "True\n"


def test_a_note_is_seen_on_the_page(outputs) -> None:
    (output,) = outputs[1]
    assert output.output_type == "display_data"
    assert output.data["text/markdown"] == "> **Note.** Some **words**."


def test_glue_gives_the_outputs_of_myst_nb(outputs) -> None:
    ours, theirs = outputs[2], outputs[3]
    assert len(ours) == 4 and ours == theirs
    data = [dict(output.data) for output in ours]
    values = ["0.875", "1.5", "7", "'LeNet'"]
    key = "application/papermill.record/text/plain"
    assert data == [{key: value} for value in values], "nothing is shown"


def test_a_wrong_value_glues_nothing(outputs) -> None:
    (output,) = outputs[4]
    assert output.output_type == "error" and output.ename == "ValueError"
