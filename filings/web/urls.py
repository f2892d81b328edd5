"""Pages about an operator's filings."""

from django.urls import path

from filings.web import (
    checks,
    deadline_pages,
    deeds,
    editing,
    listing,
    looking_up,
    parts,
    reading,
    starting,
    template_pages,
    to_look_at,
    uploading,
)

app_name = "filings"
urlpatterns = [
    path("", listing.listing, name="list"),
    path("rows/", listing.rows, name="rows"),
    path("new/", starting.new, name="new"),
    path("new/<slug:message_type>/", starting.start, name="start"),
    path("upload/", uploading.upload, name="upload"),
    path("upload/<uuid:pk>/", checks.upload, name="upload-of"),
    path("upload/<uuid:pk>/now/", checks.upload_now, name="upload-now"),
    path("checks/<uuid:pk>/findings/", checks.findings, name="check-findings"),
    path("checks/<uuid:pk>/findings.<str:form>", checks.download, name="check-findings-file"),
    path("to-look-at/", to_look_at.listing, name="to-look-at"),
    path("to-look-at/<uuid:pk>/dismiss/", to_look_at.dismiss, name="dismiss-hit"),
    path("to-look-at/<uuid:pk>/put-back/", to_look_at.put_back, name="put-back-hit"),
    path("codes/<slug:code_list>/", looking_up.codes, name="codes"),
    path("<uuid:pk>/", reading.detail, name="detail"),
    path("<uuid:pk>/now/", reading.now_fragment, name="now"),
    path("<uuid:pk>/document.<str:form>", reading.document, name="document"),
    path("<uuid:pk>/edit/", editing.edit, name="edit"),
    path("<uuid:pk>/field/", to_look_at.field, name="field"),
    path("<uuid:pk>/keep-as-template/", template_pages.keep, name="keep-as-template"),
    path("<uuid:pk>/part/", editing.part, name="part"),
    path("<uuid:pk>/frame/", parts.frame, name="frame"),
    path("<uuid:pk>/parts/", parts.listing, name="parts"),
    path("<uuid:pk>/parts/<int:number>/", parts.part, name="part-of"),
    path("<uuid:pk>/check/", parts.check, name="check-again"),
    path("deadlines/buffers/", deadline_pages.buffers, name="buffers"),
    path("<uuid:pk>/deadlines/", deadline_pages.of_filing, name="deadlines"),
    path("<uuid:pk>/deadlines/facts/", deadline_pages.facts, name="deadline-facts"),
    path("<uuid:pk>/submit/", deeds.submit, name="submit"),
    path("<uuid:pk>/send-again/", deeds.send_again, name="send-again"),
    path("<uuid:pk>/copy/", deeds.copy, name="copy"),
    path("<uuid:pk>/discard/", deeds.discard, name="discard"),
]
