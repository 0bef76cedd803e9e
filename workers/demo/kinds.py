"""The kinds of activities that the demo town knows, with what is typical of each."""

from __future__ import annotations

from dataclasses import dataclass

from domain.words import Form
from workers.demo.names import AGENCY, CENTRE, PARK, STREET

BARBER, CLEARED, LAWYER, MEDIC = "理发师", "无犯罪记录证明", "法律职业资格", "执业医师"
SKILLS = {BARBER: 0.08, CLEARED: 0.16, LAWYER: 0.05, MEDIC: 0.06}
"""Qualifications and the share of volunteers who hold each."""


@dataclass(frozen=True)
class Kind:
    """One kind of activity. Seats are from–to; `hours` are the starts; `walk_ins` counts heads that are not on the list."""

    title: str
    places: tuple[str, ...]
    summary: str
    category: str
    audience: str
    homes: tuple[str, ...] = (CENTRE,)
    volunteers: tuple[int, int] = (6, 10)
    participants: tuple[int, int] = (0, 0)
    walk_ins: tuple[int, int] = (0, 0)
    minutes: tuple[int, ...] = (120,)
    hours: tuple[int, ...] = (9, 14)
    slots: tuple[int, ...] = (1,)
    weekly: bool = False
    skills: tuple[str, ...] = ()
    over: int = 0
    risk: str = "一般"
    insurance: str = ""
    form: Form = "community"
    is_reviewed: bool = False
    visits: bool = False


KINDS = (
    Kind(
        "爱心义剪进厂区",
        ("明灯照明厂 2 号食堂", "锦纹制衣厂职工之家", "荷香食品厂门厅", "精密配件厂一楼大厅"),
        "为留岗职工免费理发，分时段进行，工具一人一消毒。",
        "职工关爱",
        "企业职工",
        (CENTRE, PARK),
        volunteers=(4, 6),
        walk_ins=(28, 75),
        minutes=(120, 150),
        slots=(1, 2),
        skills=(BARBER,),
        risk="使用剪刀、推子，注意划伤；备有急救包",
    ),
    Kind(
        "独居老人探访",
        ("南苑街道", "望江街道", "青石镇", "荷塘镇"),
        "两人一组上门，聊聊近况，看看用电用气，记下需要跟进的事。",
        "探访慰问",
        "独居老人",
        (CENTRE, AGENCY),
        volunteers=(8, 12),
        minutes=(120, 180),
        hours=(9, 14, 15),
        over=18,
        risk="上门服务，两人同行，注意路上安全",
        insurance="志愿者意外险由中心统一购买",
        is_reviewed=True,
        visits=True,
    ),
    Kind(
        "候鸟课堂伴读",
        ("望江园区职工书屋", "青石镇文化站", "荷塘镇职工之家"),
        "陪外来务工职工的孩子写作业、读一本书。",
        "亲子服务",
        "职工子女家庭",
        (CENTRE, AGENCY),
        volunteers=(5, 8),
        participants=(15, 24),
        minutes=(120,),
        hours=(14, 19),
        slots=(2, 3),
        weekly=True,
        skills=(CLEARED,),
        over=18,
    ),
    Kind(
        "户外驿站送清凉",
        ("东岸户外劳动者驿站", "榕树头商圈驿站", "望江大道爱心驿站"),
        "给环卫、快递、外卖小哥送水、送药包，登记需求。",
        "职工服务站",
        "户外劳动者",
        (CENTRE, STREET),
        volunteers=(6, 10),
        walk_ins=(45, 130),
        minutes=(120, 180),
        hours=(9, 15),
        slots=(1, 2),
        risk="户外高温，注意补水和轮换",
        insurance="志愿者意外险由中心统一购买",
    ),
    Kind(
        "职工读书小组",
        ("市工人文化宫 3 楼", "望江园区职工书屋"),
        "每周一晚共读一章，轮流领读。",
        "职工文化",
        "全市职工",
        (CENTRE, PARK),
        volunteers=(2, 3),
        participants=(10, 12),
        minutes=(90,),
        hours=(19,),
        slots=(3,),
        weekly=True,
        form="group",
    ),
    Kind(
        "防诈骗宣讲",
        ("荷香食品厂会议室", "南苑街道党群服务中心", "青石镇市场门口"),
        "拆解冒充客服、刷单返利等常见骗局，现场演练怎么拒绝。",
        "普法宣传",
        "企业职工和居民",
        (AGENCY, STREET),
        volunteers=(4, 6),
        participants=(24, 30),
        walk_ins=(8, 40),
        minutes=(60, 90),
        hours=(10, 15, 19),
    ),
    Kind(
        "“一周一点心”心理沙龙",
        ("望江心灵驿站", "市工人文化宫 3 楼"),
        "围坐聊聊压力和睡眠，学一个放松的小方法。",
        "心理服务",
        "全市职工",
        (CENTRE,),
        volunteers=(2, 3),
        participants=(10, 16),
        minutes=(90, 120),
        hours=(15, 19),
        form="group",
    ),
    Kind(
        "职工义诊日",
        ("锦纹制衣厂医务室", "荷塘镇职工之家", "榕树头广场"),
        "量血压、测血糖，中医咨询，讲解常见职业病的预防。",
        "健康服务",
        "企业职工",
        (CENTRE, AGENCY),
        volunteers=(5, 8),
        walk_ins=(35, 90),
        minutes=(150, 180),
        hours=(9,),
        skills=(MEDIC,),
        over=18,
    ),
    Kind(
        "劳动权益咨询",
        ("榕树头商圈工会", "望江园区工会"),
        "工资、工伤、社保的问题当面问，律师志愿者一对一解答。",
        "法律服务",
        "新就业形态劳动者",
        (CENTRE, PARK),
        volunteers=(3, 4),
        participants=(12, 20),
        minutes=(120,),
        hours=(14, 19),
        skills=(LAWYER,),
    ),
    Kind(
        "文明交通劝导",
        ("望江大道与榕荫路口", "学堂前街口", "青石镇汽车站"),
        "早高峰协助交警引导行人、非机动车。",
        "城市服务",
        "市民",
        (STREET, AGENCY),
        volunteers=(8, 12),
        minutes=(90,),
        hours=(7, 17),
        slots=(1, 2),
        over=18,
        risk="路口执勤，注意来车；穿反光背心",
        insurance="志愿者意外险由街道统一购买",
    ),
    Kind(
        "江岸净滩",
        ("望江滨江公园", "荷塘湿地步道"),
        "沿江捡拾垃圾、分类称重，记录种类。",
        "环境保护",
        "市民",
        (AGENCY, STREET),
        volunteers=(18, 28),
        minutes=(120, 150),
        hours=(8, 16),
        risk="临水作业，不下堤；穿防滑鞋",
        insurance="志愿者意外险由机构统一购买",
    ),
    Kind(
        "小小工匠亲子手工坊",
        ("市工人文化宫 2 楼", "南苑街道职工之家"),
        "爸妈和孩子一起做榫卯小凳，认识父母的职业。",
        "亲子服务",
        "职工家庭",
        (CENTRE, STREET),
        volunteers=(4, 6),
        participants=(16, 24),
        minutes=(120,),
        hours=(9, 14),
        risk="使用小锤、砂纸，大人陪同",
    ),
    Kind(
        "职工趣味运动会",
        ("市体育场", "望江园区篮球场"),
        "拔河、三人两足、定点投篮，以班组为单位。",
        "职工文化",
        "企业职工",
        (PARK,),
        volunteers=(10, 16),
        participants=(20, 30),
        minutes=(180,),
        hours=(9, 14),
        risk="有轻微运动损伤风险，现场有医务人员",
        insurance="参加人员意外险由主办单位购买",
    ),
    Kind(
        "职工夜校：手机拍好照片",
        ("市工人文化宫 2 楼", "望江园区职工书屋"),
        "零基础两小时，教构图、用光，拍一张给家人的照片。",
        "职工文化",
        "全市职工",
        (CENTRE, PARK),
        volunteers=(2, 4),
        participants=(20, 30),
        minutes=(120,),
        hours=(19,),
        slots=(2,),
        weekly=True,
    ),
)
