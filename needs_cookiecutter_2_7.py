"""The module that cookiecutter.json names, so that an old cookiecutter prints its name.

Version 1, which Debian 12 and Ubuntu 22.04 install, cannot import it and stops with
`Unable to load extension: No module named 'needs_cookiecutter_2_7'`. Later versions that are too
old are refused by the extension itself.
"""

from cookiecutter_flask_cors import TemplateExtension as TemplateExtension
