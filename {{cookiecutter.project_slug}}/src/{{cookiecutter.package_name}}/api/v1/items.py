"""Items: their table, what can be asked for and sent, and the views."""

from datetime import UTC, datetime
from typing import Annotated

from flask import Blueprint, abort, request, url_for
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from sqlalchemy import String, func, select
from sqlalchemy.orm import Mapped, mapped_column
from werkzeug.http import quote_etag

# {% if cookiecutter.auth != "none" %}
from ...auth import login_required
# {% endif %}
from ...database import Model, db
from ...openapi import operation

bp = Blueprint("items", __name__, url_prefix="/items")

MAX = 2**31 - 1  # of an INTEGER column
ONE = "/<int:item_id>"

Name = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00]*$")]
Time = Annotated[datetime, AfterValidator(lambda time: time.replace(tzinfo=time.tzinfo or UTC))]
Headers = dict[str, str]


class Item(Model):
    """An item, as the database keeps it."""

    __tablename__ = "items"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    version: Mapped[int] = mapped_column()

    # Every UPDATE and DELETE names the version that was read, so that none undoes another.
    __mapper_args__ = {"version_id_col": version}
    __table_args__ = {"sqlite_autoincrement": True}  # no id is used twice


class NewItem(BaseModel):
    """What a client says about an item."""

    name: Name


class ItemDetails(NewItem):
    """An item."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    created_at: Time  # SQLite keeps no time zone


class ItemPage(BaseModel):
    """Some items; the header Link leads to the next ones."""

    items: list[ItemDetails]


class PageQuery(BaseModel):
    """Which items, in the order of their ids."""

    limit: int = Field(20, ge=1, le=100)
    after: int = Field(0, ge=0, le=MAX)


@bp.get("")
@operation()
def list_items(query: PageQuery) -> tuple[ItemPage, Headers]:
    """List the items, oldest first."""
    rows = select(Item).where(Item.id > query.after).order_by(Item.id)
    found = db.scalars(rows.limit(query.limit + 1)).all()  # one more: is there a next page?
    items = [ItemDetails.model_validate(item) for item in found[: query.limit]]
    headers = {}
    if len(found) > query.limit:
        following = url_for(".list_items", limit=query.limit, after=items[-1].id)
        headers["Link"] = f'<{following}>; rel="next"'
    return ItemPage(items=items), headers


@bp.post("")
# {% if cookiecutter.auth != "none" %}
@login_required
# {% endif %}
@operation(status=201)
def create_item(body: NewItem) -> tuple[ItemDetails, Headers]:
    """Keep a new item."""
    item = Item(name=body.name)
    db.add(item)
    details, headers = _details(item)
    return details, headers | {"Location": url_for(".show_item", item_id=item.id)}


@bp.get(ONE)
@operation(problems=(404,))
def show_item(item_id: int) -> tuple[ItemDetails, Headers]:
    """Show one item."""
    return _details(_find(item_id))


@bp.patch(ONE)
# {% if cookiecutter.auth != "none" %}
@login_required
# {% endif %}
@operation(headers=("If-Match",), problems=(404, 412, 428))
def change_item(item_id: int, body: NewItem) -> tuple[ItemDetails, Headers]:
    """Change an item that nobody has changed since it was read."""
    item = _match(item_id)
    item.name = body.name
    return _details(item)


@bp.delete(ONE)
# {% if cookiecutter.auth != "none" %}
@login_required
# {% endif %}
@operation(status=204, headers=("If-Match",), problems=(404, 412, 428))
def delete_item(item_id: int) -> None:
    """Remove an item that nobody has changed since it was read."""
    db.delete(_match(item_id))


def _details(item: Item) -> tuple[ItemDetails, Headers]:
    db.flush()  # the database supplies the id, the time and the version
    return ItemDetails.model_validate(item), {"ETag": quote_etag(str(item.version))}


def _find(item_id: int) -> Item:
    item = db.get(Item, item_id) if item_id <= MAX else None
    return item or abort(404)


def _match(item_id: int) -> Item:
    """Return the item in the version that If-Match names; answer 428, 404 or 412 otherwise."""
    if "If-Match" not in request.headers:
        abort(428, "Name the version to change: send its ETag as If-Match.")
    item = _find(item_id)
    if not request.if_match.contains(str(item.version)):
        abort(412, "The item has changed since it was read; read it again.")
    return item
