"""Users, and `flask users`, with which whoever runs the server creates them."""

import re
import secrets

import click
from flask.cli import AppGroup
from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, mapped_column
from werkzeug.security import generate_password_hash

from .database import Model, db

EMAIL = r"^[^\s\x00@]+@[^\s\x00@]+$"
METHOD = "scrypt:32768:8:3"  # OWASP's Password Storage Cheat Sheet

group = AppGroup("users", help="Create users, and replace their passwords.")


class User(Model):
    """Somebody who may log in."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)  # in lower case
    password_hash: Mapped[str] = mapped_column(String(256))
    session_key: Mapped[str] = mapped_column(String(32))  # in each session of the user


def find(email: str) -> User | None:
    """Return the user of an address."""
    return db.scalar(select(User).where(User.email == email.lower()))


def store(user: User, password: str) -> None:
    """Give a user a new password, and end every session."""
    if len(password) < 8:  # NIST SP 800-63B, section 3.1.1.2
        raise click.UsageError("The password is shorter than 8 characters.")
    user.password_hash = generate_password_hash(password, METHOD)
    user.session_key = secrets.token_hex(16)
    db.add(user)
    db.commit()


@group.command()
@click.argument("email")
@click.password_option()
def create(email: str, password: str) -> None:
    """Create a user who logs in as EMAIL."""
    if not re.fullmatch(EMAIL, email) or len(email) > 254:
        raise click.UsageError(f"'{email}' is not an e-mail address.")
    if find(email):
        raise click.UsageError(f"'{email}' is a user already.")
    store(User(email=email.lower()), password)


@group.command("set-password")
@click.argument("email")
@click.password_option()
def set_password(email: str, password: str) -> None:
    """Replace the password of EMAIL, and end every session."""
    user = find(email)
    if user is None:
        raise click.UsageError(f"'{email}' is not a user; see flask users create.")
    store(user, password)
