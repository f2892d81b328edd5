from django.apps import AppConfig


class ConformanceConfig(AppConfig):
    name = "integrations.conformance"
    label = "conformance"
    verbose_name = "Conformance kit"
