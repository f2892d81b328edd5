"""One shipment out of a seed: what `consignments` and `scene` both ask for, by name.

The same seed tells the same shipment in every message of a mode of transport, so a master filing and the
house filings below it carry the same numbers.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from filings.samples import identifiers, tables
from filings.samples.tables import Facts, Row

HOUSES_A_CONTAINER = 20
HOUSES_A_RECEPTACLE = 120


@dataclass(frozen=True)
class Shipment:
    """A lane, a seed, a number of house consignments and a day.

    copies: how often things repeat where they may: 1 or 2. straight: one transport document at both levels.
    departure: when the means of transport leaves, or has left.
    """

    lane: Row
    seed: int
    houses: int
    copies: int
    at: datetime
    straight: bool
    departure: datetime

    @property
    def every(self) -> bool:
        """Return whether everything is told that may be."""
        return self.copies > 1

    @property
    def spelled(self) -> bool:
        """Return whether places are told by name: in every other shipment that tells everything."""
        return self.every and self.seed % 2 == 1

    def party(self, key: str) -> Facts:
        """Return a party as this shipment tells it."""
        return tables.party(key, every_line=self.every)

    def place(self, code: str) -> Facts:
        """Return a place as this shipment tells it."""
        return tables.place(code, spelled=self.spelled)

    @property
    def mode(self) -> str:
        """Return the word for the mode of transport: sea, air, road or rail."""
        return self.lane["mode"].rstrip(")").split("(")[-1]

    @property
    def trade(self) -> str:
        """Return the word for the trade: express, postal or the mode itself."""
        return self.lane["mode"].split()[0]

    @property
    def surface(self) -> bool:
        """Return whether the goods do not fly."""
        return self.mode != "air"

    @property
    def boxed(self) -> bool:
        """Return whether the goods travel in containers: always at sea and by rail, but for bulk."""
        return (self.mode in {"sea", "rail"} and self.lane["goods"] != "bulk") or self.copies > 1

    @cached_property
    def base(self) -> int:
        """Return the number that document, container and seal numbers of this shipment start from."""
        return identifiers.draw(4_000_000, self.lane["key"], self.seed) + 100_000

    @property
    def arrival(self) -> datetime:
        """Return when it reaches the first place in the EU."""
        return self.departure + timedelta(hours=int(self.lane["hours"]))

    def shipper(self, number: int) -> str:
        """Return the key of who ships a house consignment."""
        return self.goods(number, 0)["shipper"]

    def buyer(self, number: int) -> str:
        """Return the key of who gets a house consignment."""
        return self.goods(number, 0)["buyer"]

    def goods(self, number: int, item: int) -> Row:
        """Return the goods of one item of a house consignment; the second item is dangerous goods."""
        choice = tables.goods(self.lane["goods"])
        if item:
            choice = tuple(row for row in choice if row["un"] and row["cus"])
        return choice[(self.base + number * self.copies + item) % len(choice)]

    def kind(self, number: int) -> tuple[str, ...]:
        """Return what decides which elements a house consignment has: its goods."""
        return tuple(self.goods(number, item)["key"] for item in range(self.copies))

    def master_number(self) -> str:
        """Return the number of the master transport document."""
        prefix = self.lane["document"]
        if self.mode == "air":
            return identifiers.air_waybill(prefix, self.base)
        return f"{prefix}{self.base:09}"

    def house_number(self, number: int) -> str:
        """Return the number of a house transport document; a direct one bears the number of the master."""
        prefix = self.lane["house_document"]
        if self.straight:
            return self.master_number()
        if self.trade == "postal":
            return identifiers.postal_item("CP", (self.base * 3 + number) % 10**8, prefix)
        return f"{prefix}{self.base:07}{number + 1:05}"

    def container(self, number: int, copy: int) -> str:
        """Return the container a house consignment travels in; several of them share one."""
        if not self.surface:
            return identifiers.unit_load_device(self.base + number // HOUSES_A_CONTAINER * 4 + copy, self.lane["conveyance"][:2])
        return identifiers.container(self.base + number // HOUSES_A_CONTAINER % 2000 * 4 + copy)

    def receptacle(self, number: int) -> str:
        """Return the mail receptacle an item travels in."""
        origin, destination = f"{self.lane['loading'][:5]}A", f"{self.lane['unloading'][:5]}A"
        despatch = 1 + self.base % 9000
        return identifiers.receptacle(origin, destination, self.at, despatch, 1 + number // HOUSES_A_RECEPTACLE % 400)
