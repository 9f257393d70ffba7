"""Models, training and data of *Do to Learn: deep learning in running code*.

Everything is imported by its full path, `from d2l.models.lenet import LeNet`,
so that a reader sees where it lives. Importing `d2l` itself does nothing.
"""

__version__ = "0.1.0"
