"""Addresses of the API of referrals, below /api/v1/."""

from django.urls import path

from referrals.api import views

app_name = "referrals-api"

urlpatterns = [
    path("referrals/", views.Cases.as_view(), name="referrals"),
    path("referrals/<uuid:pk>/", views.OneCase.as_view(), name="referral"),
    path("referrals/<uuid:pk>/comments/", views.Comments.as_view(), name="comments"),
    path("referrals/<uuid:pk>/assign/", views.Assign.as_view(), name="assign"),
    path("referrals/<uuid:pk>/escalate/", views.Escalate.as_view(), name="escalate"),
    path("referrals/<uuid:pk>/answer/", views.Answer.as_view(), name="answer"),
    path("referrals/<uuid:pk>/amend/", views.Amend.as_view(), name="amend"),
    path("referrals/<uuid:pk>/set-aside/", views.SetAside.as_view(), name="set-aside"),
    path("referrals/<uuid:pk>/take-up/", views.TakeUp.as_view(), name="take-up"),
    path("referrals/<uuid:pk>/acknowledge/", views.Acknowledge.as_view(), name="acknowledge"),
    path("referrals/<uuid:pk>/relay/", views.Relay.as_view(), name="relay"),
    path("carrier-copies/", views.Copies.as_view(), name="copies"),
]
