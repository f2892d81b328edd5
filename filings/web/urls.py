"""Pages about an operator's filings."""

from django.urls import path

from filings.web import deeds, editing, listing, looking_up, reading, starting, uploading

app_name = "filings"
urlpatterns = [
    path("", listing.listing, name="list"),
    path("rows/", listing.rows, name="rows"),
    path("new/", starting.new, name="new"),
    path("new/<slug:message_type>/", starting.start, name="start"),
    path("upload/", uploading.upload, name="upload"),
    path("codes/<slug:code_list>/", looking_up.codes, name="codes"),
    path("<uuid:pk>/", reading.detail, name="detail"),
    path("<uuid:pk>/now/", reading.now_fragment, name="now"),
    path("<uuid:pk>/document.<str:form>", reading.document, name="document"),
    path("<uuid:pk>/edit/", editing.edit, name="edit"),
    path("<uuid:pk>/part/", editing.part, name="part"),
    path("<uuid:pk>/submit/", deeds.submit, name="submit"),
    path("<uuid:pk>/send-again/", deeds.send_again, name="send-again"),
    path("<uuid:pk>/copy/", deeds.copy, name="copy"),
    path("<uuid:pk>/discard/", deeds.discard, name="discard"),
]
