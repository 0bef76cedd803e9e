"""Who may do what: the one table. The door, the loaders, every command that a page carries out and every masked field ask it.

Read it like this: a row is a right; the marks are its columns,

    anybody, oneself | social worker, organiser, counsellor, station lead, agency manager | union officer, reviewer, auditor,
    administrator

`x` under *oneself* means: everybody who signed in, for what is their own. `x` under an office means: for the organisation on
which the role was granted (by an event, from a day to a day) and all that stands below it. Then come the pages (Flask's endpoints)
that this right opens, the commands that may be carried out from them, the fields that it shows, and what it asks for besides.
A page, a command or a personal field without a row is closed, and `tests/house` names it. What each cell means in practice is
frozen in `tests/web/permissions.txt`.
"""

from __future__ import annotations

from domain.accounts import (
    AskRecovery,
    ChangeFactor,
    CloseAccount,
    EndSessions,
    IssueLink,
    NoteFailure,
    NoteSignIn,
    OpenAccount,
)
from domain.attendance import CheckIn, CheckOut, CorrectAttendance, MarkNoShow
from domain.bulletins import ClaimFigure
from domain.closing import (
    ArchiveActivity,
    CancelActivity,
    CloseActivity,
    CloseSlot,
    ConfirmHeadcount,
    ReopenActivity,
    ReopenSlot,
)
from domain.consents import GiveConsent, RecordBirthYear, WithdrawConsent
from domain.contacts import ChangeContact
from domain.deliveries import RetryDelivery
from domain.documents import AttachDocument
from domain.duplicates import DismissDuplicate, FlagDuplicate, MergePersons
from domain.forgetting import AskToBeForgotten, ForgetAgain, ForgetPerson, StayOnFile
from domain.hours_corrections import AdjustHours, VoidHours
from domain.hours_crediting import ConfirmHours, CreditHours, PostHours, ProposeHours
from domain.hours_objections import ObjectToHours, UpholdHours
from domain.joining import CloseJoining, Join, OpenJoining
from domain.openings import (
    ApproveOpening,
    AskToOpen,
    RefuseOpening,
    SealPerson,
    UnsealPerson,
    WithdrawOpening,
)
from domain.organisations import RegisterOrganisation, ReparentOrganisation, ResumeOrganisation, SuspendOrganisation
from domain.own_data import CorrectDetails, LiftRestriction, RestrictPerson
from domain.person_files import RecordQualification, RegisterPerson, VerifyIdentity
from domain.planning import AddSlot, DraftActivity, PublishActivity, ReviseActivity
from domain.providers import RemoveProvider, SetUpProvider
from domain.purchases import AgreePurchase, EndPurchase
from domain.receipts import RecordReceipt, VoidReceipt
from domain.records import KeepRecord
from domain.renaming import RenameOrganisation
from domain.resizing import CancelSlot, ResizeSlot
from domain.roles import EndRole, GrantRole
from domain.sensitive import MarkSensitive, ReadSensitive
from domain.sign_up import AcceptRequest, RejectRequest, SignUp, Withdraw
from web.rights import HALF, OTHERS, PROOF, REASON, SECOND, Right, by_name, row

SECOND_FACTOR = frozenset({"reviewer", "auditor", "administrator"})
"""Whoever sees the records of others that nobody looks over: a password alone does not let them in."""

# fmt: off
TABLE: dict[str, tuple[Right, ...]] = {
    "活动和报名": (
        row("看活动、月历、时段和席位", "xx xxxxx xxxx",
            "activities.index activities.month activities.page live.now live.stream"),
        row("看没有发布的活动", "-- xxxxx xxxx", fields="activity.draft"),
        row("发起、修改、发布、取消、结束和归档活动", "-- xx-xx ---x",
            "planning.new planning.create planning.edit planning.revise planning.add_slots planning.publish planning.move "
            "planning.attach",
            DraftActivity, ReviseActivity, AddSlot, PublishActivity, CloseActivity, ReopenActivity, CancelActivity,
            ArchiveActivity, AttachDocument),
        row("改席位，取消时段", "-- xx-xx ---x", "slots.resize slots.cancel", ResizeSlot, CancelSlot),
        row("报名、退出：自己的，或替本机构认识的人", "xx xx-xx ---x", "enrolments.sign_up enrolments.withdraw",
            SignUp, Withdraw),
        row("看自己的报名、时长和星级", "-x ----- ----", "enrolments.mine"),
        row("看名册，导出名册", "-- xx-xx ---x", "rosters.page rosters.line rosters.export"),
        row("在名册上加人、签到签退、审核、记缺席、更正出勤", "-- xx-xx ---x", "rosters.add rosters.act",
            SignUp, Withdraw, CheckIn, CheckOut, MarkNoShow, AcceptRequest, RejectRequest, CorrectAttendance),
        row("清点人数，处理例外，提交时长，结束时段", "-- xx-xx ---x",
            "rosters.count rosters.closing rosters.settle rosters.propose rosters.close",
            ConfirmHeadcount, ProposeHours, MarkNoShow, CorrectAttendance, Withdraw, RejectRequest, CloseSlot),
        row("重新打开已结束的时段", "-- xx-xx ---x", "rosters.reopen", ReopenSlot, needs=[REASON]),
        row("看信和到期的事办到哪一步，请系统再办", "-- xx-xx ---x", "deliveries.index deliveries.retry", RetryDelivery),
    ),
    "服务时长": (
        row("看等着办的时长", "-- xx-xx x--x", "hours.index"),
        row("看一笔时长的来历", "-x xx-xx xxxx", "hours.entry"),
        row("确认、公示、入账", "-- xx-xx x--x", "hours.advance", ConfirmHours, PostHours, CreditHours, needs=[SECOND]),
        row("提出异议：自己的，或替本人提", "-x xx-xx x--x", "hours.objection", ObjectToHours),
        row("答复异议，调整，作废", "-- xx-xx x--x", "hours.settle", UpholdHours, AdjustHours, VoidHours,
            needs=[REASON, SECOND]),
        row("记下工会购买谁的服务（购买以后由购买方确认）", "-- ----- x--x",
            "purchases.page purchases.agree purchases.end", AgreePurchase, EndPurchase),
        row("时长上的全名和异议的原文", "-x xx-xx x--x", fields="hours.name hours.objected.text"),
    ),
    "探访和咨询": (
        row("记探访，看本机构的探访", "-- x-xxx ---x", "visits.index visits.record", RecordReceipt, FlagDuplicate),
        row("记心理咨询（记下就封存）", "-- x-xxx ---x", "visits.counselling visits.record_session", RecordReceipt),
        row("作废一次探访；心理咨询只有经手的人", "-- x-xxx ---x", "visits.void", VoidReceipt, needs=[REASON]),
        row("服务的内容：结果、下一步、备注", "-x x-xxx ---x",
            fields="receipt.contents receipt.received.note receipt.received.next_step"),
    ),
    "人员": (
        row("找人，建档", "-- xxxxx ---x", "people.index people.options people.new people.register",
            RegisterPerson, GrantRole),
        row("看档案和经历：自己的，或本机构认识的人", "-x xxxxx xxxx", "people.page people.story"),
        row("全名", "-x xxxxx ---x", fields="person.name person.registered.name person.details_corrected.name"),
        row("电话和邮箱", "-x xxxxx ---x",
            fields="person.phone person.registered.phone person.details_corrected.phone person.email "
            "person.contact_changed.email"),
        row("档案备注，限制使用的原因，怎样核实和同意的，导入的原文", "-x xxxxx ---x",
            fields="person.note person.registered.note person.restricted.why person.sensitivity_marked.kinds "
            "person.identity_verified.how person.consent_given.how person.role_granted.subtype record.kept.data"),
        row("核实身份，登记资格和出生年份", "-- xxxxx ---x", "people.verify people.qualify people.birth_year",
            VerifyIdentity, RecordQualification, RecordBirthYear, needs=[OTHERS]),
        row("同意、收信方式：自己的，或替本人记下", "-x xxxxx ---x",
            "people.consent people.withdraw_consent people.contact", GiveConsent, WithdrawConsent, ChangeContact),
        row("限制使用；解除由第二个人批准打开以后", "-- xxxxx ---x", "people.restrict people.lift", RestrictPerson, LiftRestriction,
            needs=[REASON, OTHERS]),
        row("标出、判定可能同一人的档案，合并", "-- xxxxx ---x",
            "people.flag people.dismiss people.merge people.merge_now", FlagDuplicate, DismissDuplicate, MergePersons,
            needs=[OTHERS]),
        row("打开未成年人的、敏感的档案，申请打开限制使用的、封存的", "-- xxxxx ---x", "sensitive.read", ReadSensitive, AskToOpen,
            needs=[REASON, OTHERS]),
        row("撤回自己打开档案的申请", "-- xxxxx ---x", "sensitive.withdraw", WithdrawOpening, needs=[OTHERS]),
        row("标为敏感（健康、困难），改回", "-- x-xxx ---x", "sensitive.mark", MarkSensitive, needs=[REASON, OTHERS]),
        row("批准或不批准打开限制使用的、封存的档案", "-- ----- ---x", "sensitive.approve sensitive.refuse",
            ApproveOpening, RefuseOpening, needs=[SECOND, OTHERS]),
        row("封存；解封由第二个人批准打开以后", "-- ----- ---x", "sensitive.seal", SealPerson, UnsealPerson,
            needs=[REASON, OTHERS]),
        row("注销一个人的资料", "-- ----- ---x", "forgetting.page forgetting.carry", ForgetPerson, Withdraw,
            needs=[REASON, OTHERS]),
    ),
    "角色和账号": (
        row("给、结束角色（哪些角色看下面三行）", "-- xxxxx ---x", "people.grant people.end_role", GrantRole, EndRole,
            needs=[OTHERS]),
        row("志愿者、服务对象", "-- xxxxx ---x", fields="role.volunteer role.recipient"),
        row("社工、活动负责人、咨询师、站长", "-- ---xx ---x",
            fields="role.social_worker role.organiser role.counsellor role.station_lead"),
        row("机构负责人、工会干部、审阅员、审计员、管理员", "-- ----- ---x",
            fields="role.agency_manager role.union_officer role.reviewer role.auditor role.administrator"),
        row("发登录链接，撤下丢失的第二步验证，让人在各处退出；不只是志愿者和服务对象的，由能给他那个角色的人", "-- xxxxx ---x",
            "accounts_invite.of_person accounts_invite.issue accounts_invite.unguard accounts_invite.end_sessions",
            IssueLink, ChangeFactor, EndSessions, needs=[OTHERS]),
        row("看机构的上下级和在任的人", "-- xxxxx xxxx", "organisations.index organisations.page"),
        row("登记下级机构", "-- ----- ---x", "organisations.register", RegisterOrganisation),
        row("更正机构的名称和代码", "-- ----- ---x", "organisations.rename", RenameOrganisation, needs=[REASON]),
        row("移动、停用、恢复机构；由上一级的管理员", "-- ----- ---x",
            "organisations.move organisations.suspend organisations.resume",
            ReparentOrganisation, SuspendOrganisation, ResumeOrganisation, needs=[REASON]),
        row("决定可不可以自己注册", "-- ---xx ---x", "joining.settings joining.change", OpenJoining, CloseJoining),
        row("机构自己的统一登录：接上、改、撤下", "-- ----- ---x",
            "providers.index providers.page providers.save providers.remove", SetUpProvider, RemoveProvider),
        row("自己的账号：登录名、密码、第二步验证、会话", "-x ----- ----",
            "accounts.page accounts.rename accounts.repassword accounts.renew_codes accounts.codes_page "
            "accounts.codes_written_down accounts.remove_app accounts.end accounts.end_others "
            "passkeys.new passkeys.add passkeys.remove linking.link linking.unlink",
            ChangeFactor, EndSessions),
        row("我的数据：看、带走、更正、限制、要求注销", "-x ----- ----",
            "my_data.page my_data.file my_data.correct my_data.restrict my_data.ask my_data.stay",
            CorrectDetails, ChangeContact, RestrictPerson, AskToBeForgotten, StayOnFile),
        row("登录，注册，用链接进来，退出", "xx xxxxx xxxx",
            "signin.home signin.page signin.leave signin_tryout.pick signin_real.enter recovery.page recovery.ask "
            "passkeys.enter sign_on.start sign_on.back joining.page joining.join accounts_invite.arrive accounts_invite.enter",
            NoteSignIn, NoteFailure, EndSessions, OpenAccount, ChangeFactor, AskRecovery, Join, needs=[PROOF]),
        row("登录过期以前填的，接着送", "-x ----- ----", "signin_real.kept_form"),
        row("第二步验证", "-x ----- ----", "signin_second.page signin_second.enter signin_second.new signin_second.add",
            NoteSignIn, NoteFailure, EndSessions, ChangeFactor, needs=[HALF, PROOF]),
    ),
    "数和记录": (
        row("看月报，点开每个数", "-- xxxxx xxxx", "months.latest months.page months.figure"),
        row("看从受助到服务的合计", "-- xxxxx xxxx", "people.stories people.assisted"),
        row("查记录，导出记录", "-- xxxxx xxxx", "audit.index audit.export audit.event audit.thing"),
        row("不属于任何机构的记录（市级工会）", "-- ----- xxxx", fields="audit.homeless"),
        row("看系统的状态", "-- xxxxx xxxx", "status.page"),
        row("看这张权限表", "-- ----- -xxx", "permissions.page"),
    ),
    "系统": (
        row("机器看的：在不在，好不好，多快", "xx xxxxx xxxx", "health.alive health.ready metrics.page"),
        row("试用：看页面的零件", "-x ----- ----", "styleguide.index"),
        row("只在服务器上，用命令或导入", "-- ----- ----", "", ClaimFigure, KeepRecord, CloseAccount, ForgetAgain),
    ),
}
# fmt: on
RIGHTS = tuple(right for rights in TABLE.values() for right in rights)
NAMED = by_name(RIGHTS)
"""Every page and field and its row."""


def of(name: str | None) -> Right | None:
    """The right that a page or a field is; None: there is no row, so it is closed."""
    return NAMED.get(name or "")
