"""The colours of the book, with the same meaning on every page.

The first three are Okabe and Ito's blue, vermilion and green. The others
tell further curves apart. All were chosen to differ for colour-blind readers
too, and to stand out from a white page and, in the forms that the site has
for its dark theme, from a dark one (tests/package/test_plot.py).
"""

TRAIN = "#0072B2"
VALIDATION = "#D55E00"
TEST = "#009E73"
CYCLE = ("#B247FF", "#8A5530", "#67677E", "#214539")
