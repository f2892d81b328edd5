"""What the gateway says of itself: when each of its processes was last heard of, and how often what happened."""

from django.db import models

from integrations.managers import PlatformManager


class Heartbeat(models.Model):
    """When a kind of process was last heard of; the name is that of its queue, or "beat" for the clock."""

    name = models.CharField(max_length=60, primary_key=True)
    at = models.DateTimeField()
    host = models.CharField(max_length=120, blank=True)  # of the process that was heard

    objects = PlatformManager()

    class Meta:
        base_manager_name = "objects"
        ordering = ["name"]

    def __str__(self) -> str:
        return f"{self.name} at {self.at:%Y-%m-%d %H:%M:%S}"


class Tally(models.Model):
    """A number that is shown to the machine that watches: a sum that only grows, or a state at a time."""

    name = models.CharField(max_length=60)
    labels = models.JSONField(default=list)  # values in the order of the metric's labels
    value = models.FloatField(default=0)
    at = models.DateTimeField()  # when it was last brought up to date

    objects = PlatformManager()

    class Meta:
        base_manager_name = "objects"
        constraints = [models.UniqueConstraint(fields=["name", "labels"], name="tally_once")]

    def __str__(self) -> str:
        return f"{self.name} {self.labels} {self.value}"
