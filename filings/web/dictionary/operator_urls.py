"""What a change of message sets means for an operator's filings."""

from django.urls import path

from filings.web.dictionary import transition

app_name = "message-sets"
urlpatterns = [path("", transition.of_operator, name="transition")]
