"""One readable sentence for every kind of event. Things stand in it as references, so that a page can name, mask and link them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from string import Formatter
from typing import Any, NamedTuple

from domain.words import activity_of
from ledger.events import Recorded
from projections.history import KINDS
from projections.wordings import FIELDS, label, value_words

Template = str | Callable[[Any], str]


class Ref(NamedTuple):
    """A thing in a sentence, by its tag: `person:p1`, `slot:a1.1`."""

    thing: str


TEMPLATES: dict[str, Template] = {
    "organisation.registered": "{actor}登记了{kind}“{name}”",
    "organisation.reparented": lambda r: (
        "{actor}把{organisation}移到{parent}之下" if r.event.parent else "{actor}把{organisation}移出了机构树"
    ),
    "organisation.renamed": lambda r: (
        "{actor}更正了{organisation}的登记：名称“{name}”" + ("，代码 {code}" if r.event.code else "")
    ),
    "organisation.suspended": "{actor}停用了{organisation}",
    "organisation.resumed": "{actor}恢复了{organisation}",
    "person.registered": "{actor}为{person}建了档案",
    "person.identity_verified": "{actor}核实了{person}的身份",
    "person.role_granted": lambda r: (
        "{person}成为{organisation}的{role}" if r.event.organisation else "{person}成为{role}"
    ),
    "person.role_ended": lambda r: (
        "{person}不再是{organisation}的{role}" if r.event.organisation else "{person}不再是{role}"
    ),
    "person.qualification_recorded": "{actor}记下{person}的资格：{skill}",
    "person.consent_given": lambda r: "{person}的监护人同意了{scope}" if r.event.guardian else "{person}同意了{scope}",
    "person.consent_withdrawn": "{person}撤回了对{scope}的同意",
    "person.duplicate_flagged": "{actor}提出：{candidates}可能是同一个人",
    "person.duplicate_dismissed": "{actor}判定：{candidates}不是同一个人",
    "person.merged": "{actor}把{person}的档案并入{into}",
    "person.contact_changed": lambda r: (
        "{actor}记下{person}收信的邮箱" if r.event.email else "{actor}记下{person}不再收信"
    ),
    "person.forgetting_asked": "{who}要求注销个人资料",
    "person.forgetting_withdrawn": "{who}撤回了注销个人资料的要求",
    "person.birth_year_recorded": "{actor}记下{person}的出生年份",
    "person.sealed": "{actor}封存了{person}的档案",
    "person.unsealed": "{actor}解封了{person}的档案",
    "person.sensitivity_marked": lambda r: (
        "{actor}把{person}的档案标为敏感" if r.event.is_sensitive else "{actor}把{person}的档案改回不敏感"
    ),
    "person.opening_asked": "{reader}申请查看{person}的档案",
    "person.opening_approved": "{actor}批准{reader}查看{person}的档案",
    "person.opening_refused": "{actor}没有批准{reader}查看{person}的档案",
    "person.opening_withdrawn": "{reader}撤回了查看{person}档案的申请",
    "person.sensitive_read": "{reader}查看了{person}的敏感档案（{what}），{hours} 小时内有效",
    "person.details_corrected": "{actor}更正了{person}的姓名或电话",
    "person.restricted": lambda r: (
        "{person}要求限制使用个人资料" if r.actor == r.event.person else "{actor}限制了{person}资料的使用"
    ),
    "person.restriction_lifted": "{actor}解除了对{person}资料的使用限制",
    "person.forgotten": "{actor}注销了{person}的个人资料（{how}）",
    "activity.drafted": "{actor}起草了活动{activity}",
    "activity.slot_added": "{actor}给{activity}加了时段{slot}：志愿者席 {volunteer_seats}，参与者席 {participant_seats}",
    "activity.published": "{actor}发布了{activity}的 {slots_count} 个时段，开始报名",
    "activity.revised": "{actor}修改了{activity}的{changed}",
    "activity.slot_resized": "{actor}把{slot}的{side}席改为 {seats}",
    "activity.slot_cancelled": "{actor}取消了{slot}，影响 {affected_count} 人",
    "activity.headcount_confirmed": "{actor}在{slot}清点了名单外的{side}：{count} 人次",
    "activity.slot_closed": "{actor}收尾了{slot}",
    "activity.slot_reopened": "{actor}重新打开了{slot}",
    "activity.closed": lambda r: (
        "{actor}结束了{activity}，还缺{missing}" if r.event.missing else "{actor}结束了{activity}"
    ),
    "activity.reopened": "{actor}重新打开了{activity}",
    "activity.cancelled": "{actor}取消了{activity}",
    "activity.archived": "{actor}归档了{activity}",
    "activity.document_attached": "{actor}给{activity}附上了{document}",
    "enrolment.requested": "{who}申请{slot}的{side}席，等待审核",
    "enrolment.accepted": lambda r: (
        "{actor}同意了{person}报名{slot}的{side}席" if r.event.was == "requested" else "{who}报上了{slot}的{side}席"
    ),
    "enrolment.waitlisted": lambda r: (
        "{actor}同意了{person}报名{slot}的{side}席，候补第 {place} 位"
        if r.event.was == "requested"
        else "{who}候补{slot}的{side}席，第 {place} 位"
    ),
    "enrolment.promoted": "{person}从候补升为{slot}的正式{side}",
    "enrolment.displaced": "{slot}的{side}席减少，{person}转为候补",
    "enrolment.rejected": lambda r: (
        "{actor}答复{person}：{slot}的{side}席没有排上"
        if r.event.was == "waiting"
        else "{actor}没有通过{person}对{slot}{side}席的申请"
    ),
    "enrolment.withdrawn": "{who}退出了{slot}的{side}席",
    "enrolment.released": "{slot}取消，{person}的{side}席随之释放",
    "enrolment.checked_in": "{person}在{slot}签到（{method}）",
    "enrolment.checked_out": "{person}在{slot}签退（{method}）",
    "enrolment.no_show": "{actor}把{person}在{slot}记为缺席",
    "enrolment.attendance_corrected": "{actor}更正了{person}在{slot}的出勤：签到 {checked_in}，签退 {checked_out}",
    "hours.proposed": "{by}提交了{person}在{slot}的 {minutes} 分钟（证据{grade}）",
    "hours.confirmed": "{actor}确认了{person}在{slot}的 {minutes} 分钟",
    "hours.posted": "{person}在{slot}的时长开始公示，到 {until}",
    "hours.objected": lambda r: (
        "{who}对在{slot}的时长提出异议：应为 {minutes} 分钟" if r.event.minutes else "{who}对在{slot}的时长提出异议"
    ),
    "hours.upheld": "{actor}看过异议，维持{person}在{slot}的时长",
    "hours.adjusted": "{actor}把{person}在{slot}的时长改为 {minutes} 分钟（{delta}）",
    "hours.correction_asked": lambda r: (
        "{by}提出把{person}在{slot}的时长更正为 {minutes} 分钟，等另一位同事同意"
        if r.event.minutes
        else "{by}提出作废{person}在{slot}的时长，等另一位同事同意"
    ),
    "hours.credited": "{person}在{slot}的时长公示期满，已入账",
    "hours.voided": "{actor}作废了{person}在{slot}的时长",
    "receipt.received": lambda r: received(r),
    "receipt.voided": "{actor}作废了{person}的一次服务记录",
    "record.kept": "{actor}原样留存了一条{kind}",
    "delivery.retried": lambda r: (
        "{actor}让系统再试一次：{kind}"
        + ("，{person}" if r.event.person else "")
        + ("，{slot}" if r.event.slot else "")
    ),
    "account.link_issued": "{actor}给{person}发了一次性的登录链接（{purpose}）",
    "account.opened": "{person}有了账号",
    "account.signed_in": lambda r: (
        "{person}登录（"
        + ("{provider}的统一登录" if r.event.provider else "{means}")
        + ("，再加{second}" if r.event.second else "")
        + ("，在没用过的设备上）" if r.event.unknown_device else "）")
    ),
    "account.recovery_asked": "有人说自己是{person}，忘了密码，请系统寄一封找回的信",
    "account.sign_in_failed": "有人想以{person}登录，没有成功（{step}不对）",
    "account.sessions_ended": lambda r: (
        "{actor}结束了{person}在各处的登录" if r.event.how == "by_staff" else "{person}的登录结束（{how}）"
    ),
    "account.factor_changed": lambda r: (
        "{person}{change}了{factor}" if r.actor == r.event.person else "{actor}{change}了{person}的{factor}"
    ),
    "provider.set_up": "{actor}给{organisation}接上了统一登录（{issuer}）",
    "provider.changed": lambda r: (
        "{actor}改了{organisation}的统一登录（{issuer}）" + ("，换了密钥" if r.event.new_secret else "")
    ),
    "provider.removed": "{actor}撤下了{organisation}的统一登录",
    "purchase.agreed": "{actor}记下：{buyer}从 {since} 起购买{organisation}的服务",
    "purchase.ended": "{actor}记下：{buyer}购买{organisation}的服务到 {until} 为止",
    "joining.opened": "{actor}让大家可以自己注册加入{organisation}",
    "joining.closed": "{actor}停止了{organisation}的自己注册，以后要邀请",
    "account.closed": "{actor}注销了{person}的账号",
    "bulletin.figure_claimed": "{period} 的简报在“{section}”印出 {value} {unit}（{figure}）",
}


def received(r: Recorded[Any]) -> str:
    """A service, by its form; whoever came to counselling is not named."""
    event = r.event
    if event.sealed:
        return "{actor}记下一次{form}（封存，不显示是谁）"
    if event.form == "activity":
        return "{person}作为参与者到了{slot}"
    return "{actor}记下对{person}的{form}，{place}" if event.place else "{actor}记下对{person}的{form}"


def parts(r: Recorded[Any]) -> list[str | Ref]:
    """The sentence as words and references, in order. Raises KeyError where a topic has no sentence."""
    template = TEMPLATES[r.event.topic]
    text = template if isinstance(template, str) else template(r)
    found: list[str | Ref] = []
    for words, name, _, _ in Formatter().parse(text):
        found.append(words)
        if name:
            found.extend(filled(r, name))
    return [part for part in found if part]


def filled(r: Recorded[Any], name: str) -> Iterable[str | Ref]:
    """What stands for one field of a template."""
    event = r.event
    if name == "actor":
        return [Ref(f"person:{r.actor}")]
    if name == "who":
        person = Ref(f"person:{event.person}")
        return [person] if r.actor == event.person else [Ref(f"person:{r.actor}"), "替", person]
    if name == "changed":
        return [
            "、".join(
                FIELDS.get(field, field) for field in event.__struct_fields__[1:] if getattr(event, field) is not None
            )
        ]
    if name.endswith("_count"):
        return [str(len(getattr(event, name.removesuffix("_count"))))]
    value = getattr(event, name)
    if name in KINDS and value:
        things = (value,) if isinstance(value, str) else value
        return [part for n, one in enumerate(things) for part in (["、"] if n else []) + [Ref(f"{KINDS[name]}:{one}")]]
    return [value_words(name, value)]


def sentence(r: Recorded[Any], names: Mapping[str, str]) -> str:
    """The sentence with names filled in; `names` goes from tags (`person:p1`) to words, what it lacks shows its id."""
    return "".join(part if isinstance(part, str) else names.get(part.thing, bare(part.thing)) for part in parts(r))


def bare(thing: str) -> str:
    """A tag without its kind."""
    return label(thing.partition(":")[2])


def things_of(r: Recorded[Any]) -> list[str]:
    """The tags that the sentence mentions, and the activity behind each slot: what a page must find names for."""
    found = [part.thing for part in parts(r) if isinstance(part, Ref)]
    slots = [thing.partition(":")[2] for thing in found if thing.startswith("slot:")]
    return [*found, *(f"activity:{activity_of(slot)}" for slot in slots)]
