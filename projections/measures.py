"""The figures of a month by name: which lines of the journal each is made of, in which unit, and how they are counted. (§5)"""

from __future__ import annotations

from typing import Literal

import msgspec

Way = Literal["sum", "persons", "places", "households"]


class Measure(msgspec.Struct, frozen=True):
    """A figure that can be asked for: which lines it is made of, and how they are counted."""

    name: str
    label: str
    unit: str
    sources: tuple[str, ...]
    way: Way = "sum"
    of_next_month: bool = False
    how: str = ""


MEASURES: dict[str, Measure] = {
    measure.name: measure
    for measure in (
        Measure("contacts", "服务", "人次", ("participations", "visits", "counselling"), how="活动、探访与咨询的人次相加。"),
        Measure("sessions", "场次", "场次", ("sessions",), how="已收尾的时段；重新打开的减去。"),
        Measure("participations", "活动服务", "人次", ("participations",),
                how="名单上到场的参与者，加上清点的人数。是人次，不是人数。"),
        Measure("visits", "探访", "次", ("visits",), how="未作废的电访与走访。"),
        Measure("visit_places", "探访到的镇区", "镇区", ("visits",), "places", how="未作废的探访所在的不同镇区。"),
        Measure("counselling", "心理咨询", "人次", ("counselling",), how="未作废的咨询。"),
        Measure("counselling_minutes", "咨询时长", "小时", ("counselling_minutes",), how="未作废的咨询，分钟相加。"),
        Measure("persons_served", "服务到的人", "人", ("visits", "counselling", "participations"), "persons",
                how="有名有姓的人，合并过的档案算一人；清点的人数不算人。身份未判定时给区间。"),
        Measure("persons_visited", "探访到的人", "人", ("visits",), "persons", how="合并过的档案算一人；身份未判定时给区间。"),
        Measure("persons_counselled", "接受咨询的人", "人", ("counselling",), "persons", how="合并过的档案算一人。"),
        Measure("activity_persons", "参加活动的人", "人", ("participations",), "persons", how="名单上的人；清点的人数不算人。"),
        Measure("households", "探访的户", "户", ("visits",), "households", how="要每次探访都记了户，才数得出。"),
        Measure("wishes", "小心愿", "个", ("wishes",), how="本月收集的心愿。"),
        Measure("tickets", "求助", "条", ("tickets",), how="本月打开的求助。"),
        Measure("volunteer_minutes", "志愿服务时长", "小时", ("volunteer_minutes",),
                how="他人确认过的分钟，更正按差额，作废的减去。"),
        Measure("volunteers", "志愿者", "人", ("volunteer_minutes",), "persons", how="有已确认时长的人，合并过的档案算一人。"),
        Measure("planned_lines", "下月预告", "项", ("planned",), of_next_month=True, how="安排在下个月的活动。"),
    )
}  # fmt: skip
"""Every figure by its name in addresses and in `./run figures`; what is in minutes is shown in hours."""
MINUTES = frozenset({"counselling_minutes", "volunteer_minutes"})
