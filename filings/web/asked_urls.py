"""Pages about filing requests, of either side."""

from django.urls import path

from filings.web import asked_pages, asked_sheets

app_name = "asked"
urlpatterns = [
    path("", asked_pages.listing, name="list"),
    path("new/", asked_pages.new, name="new"),
    path("of-filing/<uuid:pk>/", asked_pages.of_filing, name="of-filing"),
    path("<uuid:pk>/", asked_pages.detail, name="detail"),
    path("<uuid:pk>/accept/", asked_pages.accept, name="accept"),
    path("<uuid:pk>/sheet/", asked_sheets.preview, name="sheet"),
    path("<uuid:pk>/sheet/template/", asked_sheets.template, name="sheet-template"),
    path("<uuid:pk>/sheet/accept/", asked_sheets.accept, name="sheet-accept"),
    path("<uuid:pk>/decline/", asked_pages.decline, name="decline"),
    path("<uuid:pk>/withdraw/", asked_pages.withdraw, name="withdraw"),
    path("<uuid:pk>/mail-again/", asked_pages.mail_again, name="mail-again"),
]
