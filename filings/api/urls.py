"""Addresses of the API of filings, below /api/v1/."""

from django.urls import path

from filings.api import (
    code_list_views,
    deadline_views,
    message_views,
    part_views,
    product_views,
    repair_views,
    request_views,
    stop_word_views,
    template_views,
    upload_views,
    views,
)

app_name = "filings-api"

urlpatterns = [
    path("filings/", views.Filings.as_view(), name="filings"),
    path("filings/<uuid:pk>/", views.OneFiling.as_view(), name="filing"),
    path("filings/<uuid:pk>/document/", views.FilingDocument.as_view(), name="document"),
    path("filings/<uuid:pk>/findings/", views.FilingFindings.as_view(), name="findings"),
    path("filings/<uuid:pk>/repair/", repair_views.Repair.as_view(), name="repair"),
    path("filings/<uuid:pk>/deadlines/", deadline_views.Deadlines.as_view(), name="deadlines"),
    path("filings/<uuid:pk>/events/", views.FilingEvents.as_view(), name="events"),
    path("filings/<uuid:pk>/submit/", views.Submit.as_view(), name="submit"),
    path("filings/<uuid:pk>/send-again/", views.SendAgain.as_view(), name="send-again"),
    path("filings/<uuid:pk>/copy/", views.Copy.as_view(), name="copy"),
    path("filings/<uuid:pk>/amend/", request_views.Amend.as_view(), name="amend"),
    path("filings/<uuid:pk>/invalidate/", request_views.Invalidate.as_view(), name="invalidate"),
    path("filings/<uuid:pk>/file-anew/", request_views.FileAnew.as_view(), name="file-anew"),
    path("filings/<uuid:pk>/consult/", request_views.Consult.as_view(), name="consult"),
    path("filings/<uuid:pk>/requests/", request_views.Requests.as_view(), name="requests"),
    path("filings/<uuid:pk>/changes/", request_views.Changes.as_view(), name="changes"),
    path("filings/<uuid:pk>/check/", part_views.CheckAgain.as_view(), name="check-again"),
    path("filings/<uuid:pk>/parts/", part_views.Parts.as_view(), name="parts"),
    path("filings/<uuid:pk>/parts/<int:number>/", part_views.OnePart.as_view(), name="part"),
    path("connections/", views.Ways.as_view(), name="connections"),
    path("uploads/", upload_views.Uploads.as_view(), name="uploads"),
    path("uploads/<uuid:pk>/", upload_views.OneUpload.as_view(), name="upload"),
    path("uploads/<uuid:pk>/findings/", upload_views.UploadFindings.as_view(), name="upload-findings"),
    path("templates/", template_views.Templates.as_view(), name="templates"),
    path("templates/<uuid:pk>/", template_views.OneTemplate.as_view(), name="template"),
    path("templates/<uuid:pk>/use/", template_views.UseTemplate.as_view(), name="use-template"),
    path("products/", product_views.Products.as_view(), name="products"),
    path("products/import/", product_views.ImportProducts.as_view(), name="import-products"),
    path("products/<uuid:pk>/", product_views.OneProduct.as_view(), name="product"),
    path("stop-word-hits/", stop_word_views.Hits.as_view(), name="stop-word-hits"),
    path("stop-word-hits/<uuid:pk>/", stop_word_views.OneHit.as_view(), name="stop-word-hit"),
    path("check/", message_views.Check.as_view(), name="check"),
    path("code-lists/", code_list_views.CodeLists.as_view(), name="code-lists"),
    path("code-lists/<str:code_list>/", code_list_views.Codes.as_view(), name="codes"),
    path("messages/", message_views.Messages.as_view(), name="messages"),
    path("messages/<str:message_id>/schema/", message_views.Schema.as_view(), name="schema"),
    path("messages/<str:message_id>/xsd/", message_views.Xsd.as_view(), name="xsd"),
]
