"""The address customs pushes to, /as4/."""

from django.urls import path

from integrations.web import push

urlpatterns = [path("", push.receive, name="as4")]
