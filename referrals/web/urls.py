"""Pages about what customs asks an operator."""

from django.urls import path

from referrals.web import alarm_pages, answer_pages, case_pages, fragments, inbox, request_deeds, rule_pages

app_name = "referrals"
urlpatterns = [
    path("", inbox.inbox, name="inbox"),
    path("count/", fragments.count, name="count"),
    path("alarms/", fragments.alarms, name="alarms"),
    path("of/<uuid:pk>/", fragments.of_filing, name="of-filing"),
    path("copies/", inbox.copies, name="copies"),
    path("copies/<uuid:pk>/", inbox.copy, name="copy"),
    path("rules/", rule_pages.rules, name="rules"),
    path("texts/", rule_pages.texts, name="texts"),
    path("texts/<uuid:pk>/", rule_pages.text, name="text"),
    path("texts/<uuid:pk>/drop/", rule_pages.drop, name="drop-text"),
    path("<uuid:pk>/", case_pages.case, name="case"),
    path("<uuid:pk>/comment/", case_pages.comment, name="comment"),
    path("<uuid:pk>/assign/", case_pages.assign, name="assign"),
    path("<uuid:pk>/escalate/", case_pages.escalate, name="escalate"),
    path("<uuid:pk>/acknowledge/", alarm_pages.acknowledge, name="acknowledge"),
    path("<uuid:pk>/relay/mail/", alarm_pages.relay_by_mail, name="relay-by-mail"),
    path("<uuid:pk>/relay/phone/", alarm_pages.relay_by_phone, name="relay-by-phone"),
    path("<uuid:pk>/requests/<uuid:request_pk>/amend/", request_deeds.amend, name="amend"),
    path("<uuid:pk>/requests/<uuid:request_pk>/set-aside/", request_deeds.set_aside, name="set-aside"),
    path("<uuid:pk>/requests/<uuid:request_pk>/take-up/", request_deeds.take_up, name="take-up"),
    path("<uuid:pk>/answer/", answer_pages.begin, name="answer"),
    path("<uuid:pk>/answers/<uuid:answer_pk>/", answer_pages.edit, name="edit-answer"),
    path("<uuid:pk>/answers/<uuid:answer_pk>/send/", request_deeds.send, name="send-answer"),
    path("<uuid:pk>/answers/<uuid:answer_pk>/approve/", request_deeds.approve, name="approve"),
    path("<uuid:pk>/answers/<uuid:answer_pk>/send-back/", request_deeds.send_back, name="send-back"),
    path("<uuid:pk>/answers/<uuid:answer_pk>/discard/", request_deeds.discard, name="discard-answer"),
    path("<uuid:pk>/answers/<uuid:answer_pk>/files/<uuid:file_pk>/", answer_pages.file, name="file"),
]
