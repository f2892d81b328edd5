"""Pages about an operator's products."""

from django.urls import path

from filings.web import product_pages

app_name = "products"
urlpatterns = [
    path("", product_pages.listing, name="list"),
    path("add/", product_pages.add, name="add"),
    path("load/", product_pages.load, name="load"),
    path("products.csv", product_pages.save, name="save"),
    path("offered/", product_pages.offered, name="offered"),
    path("<uuid:pk>/", product_pages.change, name="change"),
    path("<uuid:pk>/delete/", product_pages.delete, name="delete"),
]
