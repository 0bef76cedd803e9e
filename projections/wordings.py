"""The words for topics, fields and values of events, for the audit pages. Stored values are English; people read these."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import msgspec

from domain.words import LABELS, ZONE

GROUPS = {
    "organisation": "机构", "person": "人员", "activity": "活动", "enrolment": "报名与出勤", "hours": "时长",
    "receipt": "服务", "bulletin": "简报", "record": "留存", "delivery": "送达", "account": "账号", "joining": "自己注册",
    "provider": "统一登录", "purchase": "购买服务",
}  # fmt: skip
"""What the audit page can be filtered by: the kind of stream."""

TOPICS = {
    "organisation.registered": "登记机构", "organisation.reparented": "机构移动", "organisation.suspended": "停用机构",
    "organisation.resumed": "恢复机构", "organisation.renamed": "更正机构登记",
    "person.registered": "建档", "person.identity_verified": "身份核实",
    "person.role_granted": "授予角色", "person.role_ended": "角色结束", "person.qualification_recorded": "记录资格",
    "person.consent_given": "同意", "person.consent_withdrawn": "撤回同意", "person.duplicate_flagged": "疑似重复",
    "person.duplicate_dismissed": "判定不重复", "person.merged": "合并档案", "activity.drafted": "起草活动",
    "activity.slot_added": "加时段", "activity.published": "发布", "activity.revised": "修改活动",
    "activity.slot_resized": "席位变化", "activity.slot_cancelled": "取消时段", "activity.headcount_confirmed": "人数已清点",
    "activity.slot_closed": "时段收尾", "activity.slot_reopened": "时段重开", "activity.closed": "活动结束",
    "activity.reopened": "活动重开", "activity.cancelled": "取消活动", "activity.archived": "归档",
    "activity.document_attached": "附上材料", "enrolment.requested": "申请报名", "enrolment.accepted": "报名",
    "enrolment.waitlisted": "候补", "enrolment.promoted": "候补转正", "enrolment.displaced": "转为候补",
    "enrolment.rejected": "报名未通过", "enrolment.withdrawn": "退出", "enrolment.released": "席位释放",
    "enrolment.checked_in": "签到", "enrolment.checked_out": "签退", "enrolment.no_show": "缺席",
    "enrolment.attendance_corrected": "出勤更正", "hours.proposed": "提交时长", "hours.confirmed": "时长确认",
    "hours.posted": "时长公示", "hours.objected": "提出异议", "hours.upheld": "异议不成立", "hours.adjusted": "时长更正",
    "hours.correction_asked": "提出更正",
    "hours.credited": "时长入账", "hours.voided": "时长作废", "receipt.received": "接受服务", "receipt.voided": "服务作废",
    "record.kept": "原样留存", "bulletin.figure_claimed": "简报印出的数", "person.contact_changed": "收信方式",
    "delivery.retried": "再试一次", "person.forgetting_asked": "要求注销",
    "person.forgetting_withdrawn": "撤回注销的要求",
    "person.forgotten": "注销资料", "person.details_corrected": "更正资料", "person.restricted": "限制使用",
    "person.sealed": "封存档案", "person.unsealed": "解封档案", "person.opening_asked": "申请查看档案",
    "person.opening_approved": "批准查看档案", "person.opening_refused": "不批准查看档案",
    "person.opening_withdrawn": "撤回查看档案的申请", "person.sensitive_read": "查看敏感档案",
    "person.sensitivity_marked": "敏感标记", "person.restriction_lifted": "解除限制", "person.birth_year_recorded": "出生年份",
    "account.link_issued": "登录链接", "account.opened": "有了账号", "account.signed_in": "登录",
    "account.recovery_asked": "用邮箱找回",
    "account.sign_in_failed": "登录失败", "account.sessions_ended": "登录结束", "account.factor_changed": "登录方式变动",
    "account.closed": "账号注销", "provider.set_up": "接上统一登录",
    "provider.changed": "改统一登录", "provider.removed": "撤下统一登录",
    "purchase.agreed": "购买服务", "purchase.ended": "购买结束", "joining.opened": "开放自己注册", "joining.closed": "停止自己注册",
}  # fmt: skip

FIELDS = {
    "organisation": "机构", "name": "名称", "kind": "种类", "kind_of": "种类", "parent": "上级", "code": "代码",
    "is_suspended": "停用", "person": "人", "identity": "身份依据", "phone": "电话", "over": "年满", "note": "备注",
    "how": "怎样核实", "role": "角色", "since": "起", "until": "止", "subtype": "类别", "skill": "资格", "scope": "范围",
    "guardian": "监护人同意", "candidates": "候选", "into": "并入", "carried": "一并带入", "activity": "活动", "title": "标题",
    "form": "形式", "place": "地点", "summary": "简介", "audience": "对象", "category": "类别", "contacts": "联系人",
    "due": "计划时间", "aliases": "又名", "slot": "时段", "slots": "时段", "starts": "开始", "ends": "结束",
    "volunteer_seats": "志愿者席", "participant_seats": "参与者席", "skills": "资格要求", "risk": "风险", "insurance": "保险",
    "deadline": "报名截止", "approval": "报名方式", "side": "哪一边", "seats": "席位", "was": "此前", "affected": "受影响的人",
    "count": "人数", "missing": "缺的材料", "document": "材料", "bulletin": "简报", "figure": "编号", "period": "月份",
    "section": "印在哪里", "value": "数", "unit": "单位", "what": "印出的话", "measure": "对照", "as_of": "截至",
    "overridden": "破例", "checked_in": "签到", "checked_out": "签退", "was_in": "原签到", "was_out": "原签退",
    "method": "方式", "moment": "时刻", "minutes": "分钟", "delta": "增减", "text": "异议", "grade": "证据", "by": "提交人",
    "basis": "依据", "contact": "接触编号", "day": "日期", "worker": "社工", "assisted_by": "协助的志愿者", "household": "户",
    "mode": "方式", "purpose": "目的", "outcome": "结果", "next_step": "下一步", "sealed": "封存", "record": "记录编号",
    "about": "说的是谁",
    "number": "行号", "data": "内容", "state": "状态", "before": "异议前状态", "proposer": "提交人", "in_by": "签到方式",
    "out_by": "签退方式", "headcounts": "清点人数", "documents": "材料", "figures": "录入的数", "lines": "留存条数",
    "is_registered": "已建档", "root": "并入", "roles": "角色", "consents": "同意", "suspects": "可能同一人", "taken": "已占席位",
    "waiting": "候补", "requested": "待审", "email": "邮箱", "language": "语言", "delivery": "送达编号", "retries": "再试次数",
    "why": "原因", "born": "出生年份", "reader": "查看的人", "hours": "小时", "is_asked": "已申请", "guarded": "监护人同意的",
    "means": "凭什么", "second": "第二步", "step": "哪一步", "factor": "登录方式", "change": "变动",
    "dangerous": "有人身危险", "kinds": "哪方面敏感", "is_sensitive": "标为敏感", "is_marked": "标为敏感",
    "provider": "哪个机构的统一登录", "unknown_device": "没用过的设备",
    "issuer": "统一登录的地址", "domains": "邮箱的域名", "new_secret": "换了密钥",
    "is_set_up": "接着", "buyer": "购买方", "terms": "期限", "is_open": "有账号", "asked": "提出更正为",
    "asker": "提出更正的人", "factors": "登录方式",
}  # fmt: skip

VALUES = {
    "minor": "未成年人", "marked": "敏感", "health": "健康", "hardship": "困难", "hardship health": "困难、健康",
    "sealed": "封存", "restricted": "限制使用", "forgotten": "已注销", "erased": "已注销",
    "first_come": "先到先得", "reviewed": "需审核", "self_declared": "自报", "named_in_bulletin": "简报具名",
    "pseudonymous": "化名", "provisional": "暂定", "alias_only": "仅别名", "verified": "已核实", "attendance": "按出勤",
    "declared": "自报", "story": "公开经历", "photo": "照片", "contact": "联系", "service": "服务", "deadline": "报名截止",
    "qualification": "资格", "received": "有效", "stated": "印出的", "inferred": "推定的", "assumed": "假定的", "open": "报名中",
    "WishCollected": "小心愿", "TicketOpened": "求助", "TicketClassified": "求助分类", "TicketDispatched": "求助派单",
    "TicketActionTaken": "求助处理", "TicketCallbackMade": "求助回访", "TicketResolved": "求助办结",
    "PairingAssigned": "结对", "PairContactMade": "结对联系", "HelpRequested": "结对求助", "HelpEscalated": "求助上报",
    "HelpReferred": "求助转介", "HelpResolved": "求助解决", "BulletinPublished": "简报",
    "reminder": "开始前提醒", "promotion": "候补转正通知", "displacement": "转为候补通知", "acceptance": "报名成功通知",
    "queueing": "排上候补通知", "rejection": "未通过通知", "cancellation": "时段取消通知", "removal": "移出名单通知",
    "posting": "时长开始公示", "crediting": "公示期满入账", "absence": "没有签到的记为缺席", "zh": "中文", "en": "英文",
    "invitation": "邀请", "recovery": "找回", "password": "密码", "link": "登录链接", "passkey": "通行密钥",
    "provider": "单位的统一登录", "names": "登录名", "totp": "验证码", "recovery_codes": "恢复码", "second_factor": "第二步",
    "added": "加上", "removed": "撤下", "renewed": "换", "spent": "用掉", "left": "自己退出", "ended": "在别处结束",
    "all_ended": "其他地方全部结束", "by_staff": "全部由别人结束",
    "way_back": "找回密码的信", "new_device": "新设备登录的信", "address_changed": "邮箱改了的信",
    "password_changed": "密码换了的信", "names_changed": "登录名改了的信", "app_added": "加上验证码的信",
    "app_removed": "撤下验证码的信", "codes_renewed": "换了恢复码的信", "code_spent": "用掉恢复码的信",
    "passkey_added": "加上通行密钥的信", "passkey_removed": "撤下通行密钥的信",
    "provider_added": "连上统一登录的信", "provider_removed": "断开统一登录的信", "sessions_ended": "登录被结束的信",
    "codes_removed": "恢复码作废的信", "provider_voided": "统一登录作废的信",
}  # fmt: skip

READ_MODELS = {
    "organisations": "机构", "people": "人员档案", "readings": "查看敏感档案", "contacts": "收信方式", "activities": "活动",
    "enrolments": "报名与出勤", "hours": "时长", "receipts": "服务", "journeys": "受助者→志愿者", "months": "月报",
    "outbox": "到期的事", "history": "审计记录", "joining": "自己注册",
}  # fmt: skip
"""What each read model is about, for the page of the house's status."""

PRECISIONS = {
    "moment": "", "minute": "", "day": "只知道是这一天", "month": "只知道是这个月", "before": "早于记录，不知何时",
    "after": "这以后的某时", "unknown": "不知何时",
}  # fmt: skip


def label(value: str) -> str:
    """The Chinese word of a stored value or field name; what has none stays as it is."""
    return VALUES.get(value) or LABELS.get(value) or FIELDS.get(value) or value


def value_words(name: str, value: Any) -> str:
    """A field's value as people read it; nothing is a dash, an unlimited number of seats 不限."""
    if value is None or value == "" or value == () or value == []:
        return "不限" if name.endswith("seats") else "—"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return f"{value.astimezone(ZONE):%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    if name == "delta":
        return f"{value:+d} 分钟"
    if isinstance(value, msgspec.Struct):
        return value_words(name, msgspec.structs.asdict(value))
    if isinstance(value, Mapping):
        return "；".join(f"{label(str(key))} {value_words('', inner)}" for key, inner in value.items()) or "—"
    if isinstance(value, list | tuple | set | frozenset):
        return "、".join(value_words(name, one) for one in value)
    return label(str(value))
