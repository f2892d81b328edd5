"""Message sets, code lists and stop words that were loaded, and from when on each is used."""

from django.db import models

from tenants.models import Operator


class MessageSet(models.Model):
    """A message set loaded beside the one of the release: its tables, and how they came to be. It never changes."""

    name = models.CharField(max_length=20)
    version = models.CharField(max_length=10)
    compared_with = models.CharField(max_length=32)  # name:version of the set whose rules were carried over
    source = models.CharField(max_length=200)  # name of the file it was read from
    sha256 = models.CharField(max_length=64)  # of that file
    tables = models.BinaryField()  # rows by table, JSON, compressed
    report = models.JSONField()  # what differs, what was carried over, what needs a look
    loaded_at = models.DateTimeField()
    loaded_by = models.CharField(max_length=120)

    class Meta:
        ordering = ["loaded_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["name", "version"], name="message_set_once")]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


class EditionChoice(models.Model):
    """From when on which message set is used: for one message or all, for one operator's connection or all.

    An operator has one connection, its own or the ITSP's, so a row for the operator is a row for its connection.
    """

    operator = models.ForeignKey(Operator, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    message_type = models.CharField(max_length=8, blank=True)  # empty: every message
    message_set = models.CharField(max_length=20)
    version = models.CharField(max_length=10)
    since = models.DateTimeField()
    decided_at = models.DateTimeField()
    decided_by = models.CharField(max_length=120)

    class Meta:
        ordering = ["since", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["operator", "message_type", "since"], nulls_distinct=False, name="edition_choice_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.message_type or 'all'} {self.message_set} {self.version}"


class CodeListEdition(models.Model):
    """One edition of a code list others publish, loaded after the release was made. It never changes."""

    code_list = models.CharField(max_length=8)
    published = models.DateField()
    valid_from = models.DateField()
    complete = models.BooleanField()  # whether a code that is not in it does not exist
    source = models.CharField(max_length=200)  # name of the file it was read from
    licence = models.CharField(max_length=200, blank=True)
    sha256 = models.CharField(max_length=64)  # of the entries, so that the same list in another form is the same
    count = models.PositiveIntegerField()
    entries = models.BinaryField()  # name and functions by code, JSON, compressed
    loaded_at = models.DateTimeField()
    loaded_by = models.CharField(max_length=120)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["code_list", "published", "valid_from", "complete", "sha256"], name="code_list_edition_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.code_list} of {self.published}"


class StopWordList(models.Model):
    """A list of stop words loaded after the release was made; it replaces the one before from its day. It never changes."""

    valid_from = models.DateField()
    source = models.CharField(max_length=200)  # name of the file it was read from
    sha256 = models.CharField(max_length=64)  # of the rows
    count = models.PositiveIntegerField()
    rows = models.BinaryField()  # JSON, compressed
    loaded_at = models.DateTimeField()
    loaded_by = models.CharField(max_length=120)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["valid_from", "sha256"], name="stop_word_list_once")]

    def __str__(self) -> str:
        return f"stop words from {self.valid_from}"
