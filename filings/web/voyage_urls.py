"""Pages about an operator's voyages and flights."""

from django.urls import path

from filings.web import voyage_arrival, voyage_deeds, voyage_pages

app_name = "voyages"
urlpatterns = [
    path("", voyage_pages.listing, name="list"),
    path("new/", voyage_deeds.new, name="new"),
    path("of-filing/<uuid:pk>/", voyage_pages.of_filing, name="of-filing"),
    path("<uuid:pk>/", voyage_pages.detail, name="detail"),
    path("<uuid:pk>/now/", voyage_pages.now_fragment, name="now"),
    path("<uuid:pk>/edit/", voyage_deeds.edit, name="edit"),
    path("<uuid:pk>/delete/", voyage_deeds.delete, name="delete"),
    path("<uuid:pk>/arrived/", voyage_deeds.arrived, name="arrived"),
    path("<uuid:pk>/take-in/", voyage_deeds.take_in, name="take-in"),
    path("<uuid:pk>/take-out/", voyage_deeds.take_out, name="take-out"),
    path("<uuid:pk>/calls/add/", voyage_deeds.add_call, name="add-call"),
    path("<uuid:pk>/calls/<uuid:call_pk>/remove/", voyage_deeds.remove_call, name="remove-call"),
    path("<uuid:pk>/calls/<uuid:call_pk>/eta/", voyage_deeds.eta, name="eta"),
    path("<uuid:pk>/arrival/", voyage_arrival.arrival, name="arrival"),
    path("<uuid:pk>/goods.<str:form>", voyage_pages.goods, name="goods"),
]
