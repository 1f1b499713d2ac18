"""What stands behind a view: what it wraps, down to the functions that were written."""

from collections.abc import Iterator
from functools import partial
from inspect import getattr_static
from types import CellType, FunctionType, MethodType

from flask.sansio.scaffold import Scaffold
from werkzeug.local import LocalProxy


def layers(*views: object) -> Iterator[object]:
    """Walk down from views to all that they wrap, each layer once."""
    found = list(views)
    for layer in found:
        yield layer
        found += [it for it in behind(layer) if not any(it is known for known in found)]


def behind(layer: object) -> list[object]:
    """Return what a layer wraps: as functools says, or else as it remembers."""
    found: list[object] = []
    if static(layer, "__wrapped__") is not None:
        found.append(getattr(layer, "__wrapped__", None))
    if isinstance(layer, FunctionType):
        found += map(_content, layer.__closure__ or ())
        found += (*(layer.__defaults__ or ()), *(layer.__kwdefaults__ or {}).values())
    elif isinstance(layer, MethodType):
        found.append(layer.__func__)
    elif isinstance(layer, partial):
        found += (layer.func, *layer.args, *layer.keywords.values())
    else:
        found += (type(layer).__call__, *getattr(layer, "__dict__", {}).values())
    return [it for it in found if _is_layer(it)]


def static(layer: object, name: str) -> object:
    """Return an attribute that is there; some objects have any that they are asked for."""
    return getattr_static(layer, name, None)


def _is_layer(it: object) -> bool:
    # An application that a view remembers has views of its own, and a proxy stands for anything.
    if isinstance(it, type | Scaffold | LocalProxy):
        return False
    known = isinstance(it, FunctionType | MethodType | partial)
    call = getattr(type(it), "__call__", None)  # noqa: B004 - it has to be written in Python
    return known or isinstance(call, FunctionType) or static(it, "__wrapped__") is not None


def _content(cell: CellType) -> object:
    try:
        return cell.cell_contents
    except ValueError:  # not filled yet
        return None
