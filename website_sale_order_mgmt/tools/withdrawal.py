"""What a consumer declares on the page of the withdrawal function: pure, no database."""

import hashlib
import json
from dataclasses import asdict, dataclass

from .order_status import MAX_EMAIL, MAX_ORDER_NUMBER, clean_email, clean_order_number

MAX_NAME = 200  # characters
MAX_WORDS = 2000  # characters
__all__ = ["MAX_EMAIL", "MAX_NAME", "MAX_ORDER_NUMBER", "MAX_WORDS", "Declaration", "Part"]


@dataclass(frozen=True)
class Part:
    """A line of the order from which the consumer withdraws."""

    line_id: int  # of `sale.order.line`; 0 where it is not known
    name: str
    quantity: float
    unit: str

    def __str__(self) -> str:
        """Return it as people write it: 2 × Desk."""
        number = f"{self.quantity:.10g}"
        return f"{number} {self.unit} × {self.name}" if self.unit else f"{number} × {self.name}"


@dataclass(frozen=True)
class Declaration:
    """What was filled in. A reason is not among it: none may be asked for (CRD Art. 11a(2))."""

    name: str
    email: str
    order_reference: str
    parts: tuple[Part, ...] = ()  # empty: the whole order, or what `words` say
    words: str = ""

    @classmethod
    def clean(
        cls,
        name: str,
        email: str,
        order_reference: str,
        parts: tuple[Part, ...] = (),
        words: str = "",
    ) -> "Declaration":
        """Return what was typed without blanks around it and within the limits of the fields."""
        return cls(
            " ".join(name.split())[:MAX_NAME],
            email.strip()[:MAX_EMAIL],
            " ".join(order_reference.split())[:MAX_ORDER_NUMBER],
            parts,
            "\n".join(line.rstrip() for line in words.strip()[:MAX_WORDS].splitlines()),
        )

    def errors(self) -> set[str]:
        """Return the names of the fields without which nobody could answer or know what is meant.

        A statement is never refused for what it says.
        """
        found = set()
        if not self.name:
            found.add("name")
        if not clean_email(self.email):
            found.add("email")
        if not clean_order_number(self.order_reference):
            found.add("order_reference")
        return found

    def lines(self) -> list[dict]:
        """Return the parts as they are stored."""
        return [asdict(part) for part in self.parts]

    def digest(self, place: str, form: str = "") -> str:
        """Return what is the same for two statements that say the same.

        The whole order is withdrawn from once. The same part of it (one of two desks) can be meant
        again: it is the same only if the same form was sent twice.

        :param place: where it was submitted, one website
        :param form: stands for the form with the button that was pressed
        """
        said = [
            place,
            self.name.casefold(),
            clean_email(self.email),
            clean_order_number(self.order_reference),
            sorted([part.line_id, part.name, part.quantity] for part in self.parts),
            self.words.casefold(),
        ]
        if form and (self.parts or self.words):
            said.append(form)
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()
