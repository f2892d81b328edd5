"""The data dictionary."""

from django.urls import path

from filings.web.dictionary import pages, transition

app_name = "dictionary"
urlpatterns = [
    path("", pages.messages, name="messages"),
    path("messages/<slug:message_id>/", pages.message, name="message"),
    path("elements/", pages.elements, name="elements"),
    path("elements/<slug:name>/", pages.element, name="element"),
    path("rules/", pages.rules, name="rules"),
    path("rules/<slug:rule_id>/", pages.rule, name="rule"),
    path("codes/", pages.lists, name="lists"),
    path("codes/<slug:list_id>/", pages.code_list, name="list"),
    path("compare/", pages.compare, name="compare"),
    path("at/", pages.at, name="at"),
    path("transition/", transition.overview, name="transition"),
]
