"""Whom and what the demo town is made of: invented names, organisations, staff, and the cast that one can sign in as."""

from __future__ import annotations

from random import Random
from typing import NamedTuple

from domain.words import OrganisationKind, Role

SURNAMES = tuple(
    "陈林黄梁何李张吴刘郑罗周谢邓叶曾冯杨卢欧麦苏潘蔡钟廖赖彭徐邝谭余许杜戴伍关黎温江莫姚范邱古汤萧沈朱胡高韩方袁董程曹孙"
    "任丁贺孟尹邹石龚段雷侯白常康骆柯阮翁游凌甘祝"
)
YOUNG = (tuple("晓若雨思静以知清可书沐亦云念初锦予乐安舒"), tuple("禾桐岚笙晴宁澄溪澜荷柏榆川屿阳恬棠苓蔚衡"))
OLD = (tuple("桂秀玉凤惠淑美润炳锡耀添杏月彩顺长"), tuple("芬娟珍芳琴娇莲容辉生光祥全南"))
"""Given names are put together from these, so that no combination stands for a public figure."""

CITY, CENTRE, AGENCY, STREET, PARK = "city-union", "centre", "agency", "street-nanyuan", "park-wangjiang"


class Organisation(NamedTuple):
    """An organisation of the town, parents first."""

    id: str
    name: str
    kind: OrganisationKind
    parent: str | None


ORGANISATIONS = (
    Organisation(CITY, "岭湾市总工会", "city_union", None),
    Organisation("district-east", "岭湾市东岸区总工会", "district_union", CITY),
    Organisation("district-west", "岭湾市西湖区总工会", "district_union", CITY),
    Organisation("bureau-health", "岭湾市卫健系统工会", "bureau_union", CITY),
    Organisation(STREET, "南苑街道总工会", "town_union", "district-east"),
    Organisation("street-wangjiang", "望江街道总工会", "town_union", "district-east"),
    Organisation("town-qingshi", "青石镇总工会", "town_union", "district-west"),
    Organisation("town-hetang", "荷塘镇总工会", "town_union", "district-west"),
    Organisation(PARK, "望江园区工会联合会", "second_tier", "street-wangjiang"),
    Organisation("park-rongshu", "榕树头商圈工会联合会", "second_tier", STREET),
    Organisation("firm-light", "岭湾明灯照明厂工会", "enterprise", PARK),
    Organisation("firm-cloth", "岭湾锦纹制衣厂工会", "enterprise", PARK),
    Organisation("firm-parcel", "岭湾快捷速递站点工会", "enterprise", "park-rongshu"),
    Organisation("firm-food", "岭湾荷香食品厂工会", "enterprise", "town-hetang"),
    Organisation("firm-parts", "青石精密配件厂工会", "enterprise", "town-qingshi"),
    Organisation(CENTRE, "岭湾市工会社工综合服务中心", "social_work_centre", CITY),
    Organisation(AGENCY, "岭湾市同心桥社会工作服务社", "agency", CITY),
    Organisation("station-east", "东岸户外劳动者驿站", "service_station", "district-east"),
    Organisation("station-heart", "望江心灵驿站", "service_station", CITY),
    Organisation("partner-traffic", "岭湾市交警大队", "partner_agency", None),
)


class Staff(NamedTuple):
    """Somebody who works for an organisation of the town."""

    id: str
    name: str
    role: Role
    organisation: str


STAFF = (
    *(Staff(f"social-worker{n:02}", f"社工{n:02}", "social_worker", CENTRE) for n in range(1, 10)),
    Staff("organiser11", "社工11", "social_worker", AGENCY),
    Staff("organiser12", "社工12", "social_worker", AGENCY),
    Staff("organiser21", "活动负责人21", "organiser", STREET),
    Staff("organiser22", "活动负责人22", "organiser", STREET),
    Staff("organiser31", "活动负责人31", "organiser", PARK),
    Staff("organiser32", "活动负责人32", "organiser", PARK),
    Staff("agency-manager01", "机构负责人01", "agency_manager", AGENCY),
    Staff("counsellor01", "咨询师01", "counsellor", CENTRE),
    Staff("station-lead01", "站长01", "station_lead", "station-east"),
    Staff("union-officer01", "工会干部01", "union_officer", CITY),
    Staff("reviewer01", "审阅员01", "reviewer", CITY),
    Staff("auditor01", "审计员01", "auditor", CITY),
    Staff("administrator01", "管理员01", "administrator", CITY),
)
PAIRS = {
    CENTRE: ("social-worker03", "social-worker05"),
    AGENCY: ("organiser11", "organiser12"),
    STREET: ("organiser21", "organiser22"),
    PARK: ("organiser31", "organiser32"),
}
"""Who runs an organisation's activities, and who confirms the hours: never the same person."""

CAST = {
    "volunteer01": "志愿者：报名、退出，看自己的时长；公示中、有异议、已入账的都有",
    "volunteer02": "从服务对象到志愿者：先受过探访，如今探访别人，看这段故事",
    "participant01": "职工：报名参加活动，不计志愿时长",
    "social-worker03": "社工，中心的活动负责人：发布、签到、收尾、提交时长",
    "social-worker05": "同一中心的另一位社工：确认社工03 提交的时长，登记探访",
    "organiser11": "另一家机构的社工：看不到、也管不了中心的名单",
    "union-officer01": "市总工会干部：看全市各级工会的活动和月报",
    "reviewer01": "审阅员：核对月报数字，从一个数一直点到它背后的记录",
    "auditor01": "审计员：查记录，谁在什么时候、为什么改了什么",
    "administrator01": "管理员：机构、人员和角色",
}
"""Whom one can be in the try-out, and what each is good for."""

CAST_NAMES = {"volunteer01": "何小满", "volunteer02": "沈秋禾", "participant01": "麦知夏"}
STREETS = ("南苑街道", "望江街道", "青石镇", "荷塘镇", "东岸区", "西湖区")


def name(random: Random, *, old: bool = False) -> str:
    """An invented name."""
    first, second = OLD if old else YOUNG
    return random.choice(SURNAMES) + random.choice(first) + random.choice(second)
