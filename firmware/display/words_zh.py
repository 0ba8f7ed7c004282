"""Chinese: the words on the screens. The legal names of states are those of the credential scheme; see docs/field-guide.md."""

from __future__ import annotations

from firmware.display.language import FocusWords, IdleWords, Language, Lines, PageWords, StageWords
from firmware.model import CheckName, ClockLevel, Exposure, Family, Kind, LampColour, Outcome, Reason, Way, Word

_DAY_S, _HOUR_S, _MINUTE_S = 86400, 3600, 60
_LONGEST_DAYS = 999  # beyond, whole years say more
_R, _W, _K = Reason, Word, Kind


def _seconds(length_s: float) -> str:
    whole = int(length_s)
    if whole >= 4 * _DAY_S:
        return _days(whole // _DAY_S)
    if whole >= _HOUR_S:
        return f"{whole // _HOUR_S}小时"
    return f"{whole // _MINUTE_S}分" if whole >= 2 * _MINUTE_S else f"{whole}秒"


def _days(days: int) -> str:
    return f"{days}天" if days <= _LONGEST_DAYS else f"{days // 365}年"


_LINES = {
    _R.VALID: Lines("有效", "{plate}|{short_kind}|请核对", "核对车身 准予放行"),
    _R.VALID_NOTICE: Lines("有效", "{word}{more}|{word}|有提醒", "{plate} 请留意|{plate}|请留意 联网复核"),
    _R.EXPIRED: Lines("过期", "逾期{days}|已到期", "{ends}到期 按规处理|已到期 按规处理"),
    _R.NOT_YET_VALID: Lines("未生效", "{begins}起|尚未开始", "核对日期 暂不认可"),
    _R.CODE_STALE: Lines(
        "请刷新", "手机快{early}|已过{code_age}|超过60秒", "{if_early}校准手机时间 再扫|App内刷新 再扫一次"
    ),
    _R.REVOKED: Lines("{state}|注销", "{short_kind} {classes}|{short_kind}|已失效", "联网复核后依法处理"),
    _R.SUSPENDED: Lines(
        "{state}|暂扣",
        "{short_kind} {classes} {more}|{short_kind} {classes}|{short_kind} {more}|{short_kind}|须复核",
        "不得上路 联网复核",
    ),
    _R.BAD_SIGNATURE: Lines("码异常", "签名不符", "已读2遍 先人工核验"),
    _R.STRIPPED: Lines("码异常", "缺动态层", "请App现场出示"),
    _R.UNKNOWN_ISSUER: Lines("无密钥", "未知签发", "同步密钥 改人工核"),
    _R.NOT_A_CREDENTIAL: Lines("非证件", "非交管码", "请打开: 交管12123"),
    _R.DATA_TOO_OLD: Lines("待联网", "旧{list_age}|名单太旧", "签名真 吊销状态未核"),
    _R.CLOCK_NOT_TRUSTED: Lines("未校时", "钟不可信", "联网或GPS校时再判"),
    _R.WRONG_DOCUMENT: Lines("不适用", "{short_kind}|此证不收", "请出示: {asks}|请出示其他证件"),
    _R.DELEGATION_EXCEEDED: Lines("无授权", "授权不符", "请车主重新授权"),
    _R.REPLAYED: Lines("重复码", "{used}前|刚用过", "{lane}号道用过 核对人车|已用过 核对人车"),
    _R.UNREADABLE: Lines("读不清", "再试一次", "平放手机 对准再扫"),
    _R.CANNOT_TELL: Lines("待核验", "须复核", "无法判定 改人工核验"),
    _R.OUT_OF_SERVICE: Lines("停用", "故障{error}|有故障", "请走人工通道 已上报"),
    _R.WANTED: Lines("待联网", "请稍候", "核验中 W"),
}

_BY_WORD = {
    (_R.VALID_NOTICE, _W.DUE_SOON): Lines(
        detail="余{days}|临近到期", footer="{plate} 提醒办理|{plate} 提醒|提醒及时办理"
    ),
    (_R.VALID_NOTICE, _W.LIST_AGEING): Lines(
        detail="名单{list_age}|名单较旧", footer="{plate} 尽快联网|{plate} 联网|签名真 请尽快联网"
    ),
    (_R.VALID_NOTICE, _W.VIOLATION): Lines(footer="{plate} 提醒处理|{plate} 提醒|提醒尽快处理"),
    (_R.VALID_NOTICE, _W.ACCIDENT): Lines(footer="{plate} 提醒处理|{plate} 提醒|提醒尽快处理"),
    (_R.VALID_NOTICE, _W.PROBATION): Lines(footer="{classes} {name} 请留意|请留意"),
    (_R.VALID_NOTICE, _W.PLATE_ODD): Lines(detail="号牌少见", footer="{plate} 核对号牌|核对号牌"),
    (_R.VALID_NOTICE, _W.DATES_ODD): Lines(detail="日期矛盾", footer="{plate} 核对日期|核对日期"),
    (_R.VALID_NOTICE, _W.CALENDAR_OLD): Lines(detail="日历未更新", footer="{plate} 请同步日历|请同步日历"),
    (_R.VALID_NOTICE, _W.PASSED_BEFORE): Lines(detail="已通行过", footer="{plate} 核对记录|核对通行记录"),
    (_R.VALID_NOTICE, _W.OTHER_CAR): Lines(detail="与标签不同", footer="{plate} 是否同车|核对是否同车"),
    (_R.EXPIRED, _W.INSURANCE_OVER): Lines(
        detail="交强险{days}|交强险到期", footer="{ends}到期 按规处理|已到期 按规处理"
    ),
    (_R.EXPIRED, _W.OVERDUE): Lines(detail="逾期{days}|逾期未办", footer="{ends}到期 按规处理|名单载明 按规处理"),
    (_R.SUSPENDED, _W.CLASS_NOT_COVERED): Lines(detail="准驾不符", footer="{classes} 不得驾驶此车|不得驾驶此车"),
    (_R.SUSPENDED, _W.PASSED_BEFORE): Lines(detail="已通行过", footer="{plate} 核对记录|核对通行记录"),
    (_R.SUSPENDED, _W.PROBATION): Lines(footer="{classes} 此岗不收实习期|此岗不收实习期"),
    (_R.UNKNOWN_ISSUER, _W.NO_KEY): Lines(detail="未知签发"),
    (_R.UNKNOWN_ISSUER, _W.KEY_ENDED): Lines(detail="密钥到期"),
    (_R.UNKNOWN_ISSUER, _W.KEY_NOT_FOR_KIND): Lines(detail="证种不符"),
    (_R.UNKNOWN_ISSUER, _W.KEY_NOT_FOR_REGION): Lines(detail="地区不符"),
    (_R.NOT_A_CREDENTIAL, _W.FOREIGN_CODE): Lines(detail="非交管码"),
    (_R.NOT_A_CREDENTIAL, _W.MALFORMED): Lines(detail="格式不符"),
    (_R.DATA_TOO_OLD, _W.LIST_MISSING): Lines(detail="缺名单"),
    (_R.WRONG_DOCUMENT, _W.WAY_NOT_TAKEN): Lines(
        detail="{way}|方式不收", footer="{if_live}请App现场出示|请换一种方式出示"
    ),
    (_R.DELEGATION_EXCEEDED, _W.TOO_LONG): Lines(detail="超7工作日"),
    (_R.DELEGATION_EXCEEDED, _W.TOO_MANY): Lines(detail="超3人"),
    (_R.DELEGATION_EXCEEDED, _W.WRONG_PURPOSE): Lines(detail="用途不符"),
    (_R.DELEGATION_EXCEEDED, _W.DELEGATION_ENDED): Lines(detail="已解除"),
    (_R.DELEGATION_EXCEEDED, _W.DELEGATION_OVER): Lines(detail="授权到期"),
    (_R.UNREADABLE, _W.TOO_BRIGHT): Lines(detail="屏幕太亮", footer="调暗屏幕 离远一些"),
    (_R.UNREADABLE, _W.TOO_DARK): Lines(detail="光线太暗", footer="调亮屏幕 再扫一次"),
    (_R.UNREADABLE, _W.GLARE): Lines(detail="有反光", footer="换个角度 避开反光"),
    (_R.UNREADABLE, _W.TOO_NEAR): Lines(detail="离得太近", footer="拿远一些 再扫一次"),
    (_R.UNREADABLE, _W.TOO_FAR): Lines(detail="离得太远", footer="靠近一些 再扫一次"),
    (_R.UNREADABLE, _W.CUT_EDGE): Lines(detail="码不完整", footer="整个码放入框内"),
    (_R.UNREADABLE, _W.BLURRED): Lines(detail="画面模糊", footer="擦净镜头 拿稳再扫"),
    (_R.UNREADABLE, _W.MOVING): Lines(detail="码在移动", footer="拿稳手机 停一秒"),
    (_R.UNREADABLE, _W.TILTED): Lines(detail="码太斜", footer="放平手机 正对镜头"),
    (_R.UNREADABLE, _W.READS_DIFFER): Lines(detail="两次不同", footer="拿稳手机 再扫一次"),
    (_R.CANNOT_TELL, _W.INTERNAL_ERROR): Lines(detail="错误{error}|内部错误"),
    (_R.CANNOT_TELL, _W.UNKNOWN_STATE): Lines(detail="状态不明"),
    (_R.CANNOT_TELL, _W.UNSUPPORTED): Lines(detail="版本不支持"),
    (_R.CANNOT_TELL, _W.ISSUED_LATER): Lines(detail="事后签发", footer="签发晚于当日 改人工核"),
    (_R.CANNOT_TELL, _W.NO_RULES): Lines(detail="无当日规则"),
    (_R.CANNOT_TELL, _W.CAR_MISMATCH): Lines(detail="车证不符", footer="核对车牌 车架号 标签"),
    (_R.CANNOT_TELL, _W.BAR_CODE_DIFFERS): Lines(detail="条码不符", footer="与二维码不同 改人工核"),
    # The everyday twin of WANTED: the same headline and detail, so that only WANTED's footer can tell.
    (_R.CANNOT_TELL, _W.LOOK_UP_ONLINE): Lines("待联网", "请稍候", "须联网查 改人工核验"),
    (_R.OUT_OF_SERVICE, _W.NO_FRAMES): Lines(detail="{error}无画面|无画面"),
    (_R.OUT_OF_SERVICE, _W.NO_TRUST): Lines(detail="{error}缺密钥|缺密钥表"),
    (_R.OUT_OF_SERVICE, _W.STARTING): Lines(detail="启动中", footer="请稍候 或走人工通道"),
}

_BY_KIND = {
    (_R.VALID, _K.DRIVING_LICENCE): Lines(detail="{classes} {name}|{classes}|驾驶证", footer="核对本人 准予放行"),
    (_R.VALID, _K.DELEGATED_VEHICLE_LICENCE): Lines(
        footer="授权{grantee} {purpose} 至{until}|授权{grantee} 至{until}|授权出示 至{until}|授权出示 核对人车"
    ),
    (_R.VALID_NOTICE, _K.DRIVING_LICENCE): Lines(footer="{classes} {name} 请留意|核对本人 请留意"),
    (_R.SUSPENDED, _K.DRIVING_LICENCE): Lines(footer="不得驾驶 联网复核"),
}

#: An unattended post always offers the human route on a refusal.
_KIOSK_FOOTERS = {
    _R.VALID: "请通行 请慢行",
    _R.VALID_NOTICE: "请通行 请留意提醒",
    _R.EXPIRED: "{ends}到期 走人工通道|已到期 走人工通道",
    _R.NOT_YET_VALID: "未到日期 走人工通道",
    _R.REVOKED: "须复核 请走人工通道",
    _R.SUSPENDED: "须复核 请走人工通道",
    _R.BAD_SIGNATURE: "再扫一次或走人工通道",
    _R.STRIPPED: "现场出示或走人工通道",
    _R.UNKNOWN_ISSUER: "请走人工通道",
    _R.DATA_TOO_OLD: "状态未核 走人工通道",
    _R.CLOCK_NOT_TRUSTED: "请走人工通道",
    _R.DELEGATION_EXCEEDED: "重新授权或走人工通道",
    _R.REPLAYED: "{lane}号道用过 走人工通道|已用过 请走人工通道",
    _R.CANNOT_TELL: "无法判定 走人工通道",
    _R.OUT_OF_SERVICE: "请走人工通道 已上报",
    _R.WANTED: "请走人工通道 W",
}

_WORDS = {
    _W.CANCELLED: "注销",
    _W.WITHDRAWN: "吊销",
    _W.RESCINDED: "撤销",
    _W.VOIDED: "作废",
    _W.HELD: "暂扣",
    _W.DETAINED: "扣留",
    _W.SEIZED: "扣押",
    _W.SEALED: "查封",
    _W.POINTS_FULL: "满分",
    _W.USE_STOPPED: "停用",
    _W.NOT_REVIEWED: "未审验",
    _W.NOT_RENEWED: "未换证",
    _W.EXTENDED: "延期",
    _W.SCRAP: "报废",
    _W.MEDICAL_OVERDUE: "未体检",
    _W.CLASS_NOT_COVERED: "准驾车型不符",
    _W.PROBATION: "实习期",
    _W.INSURANCE_OVER: "交强险到期",
    _W.PLATE_ODD: "号牌格式少见",
    _W.VIN_ODD: "车架号校验位不符",
    _W.DATES_ODD: "日期矛盾",
    _W.CALENDAR_OLD: "工作日历未更新",
    _W.PASSED_BEFORE: "此前已通行过",
    _W.OTHER_CAR: "与刚扫的标签不是一辆车",
    _W.DELEGATION_OVER: "授权已到期",
    _W.ISSUED_LATER: "签发晚于所问之日",
    _W.NO_RULES: "无当日规则",
    _W.CAR_MISMATCH: "车证不符",
    _W.BAR_CODE_DIFFERS: "条码与二维码不符",
    _W.SUSPENDED: "暂停",
    _W.OVERDUE: "逾期",
    _W.VIOLATION: "违法未处理",
    _W.ACCIDENT: "事故未处理",
    _W.LOCKED: "锁定",
    _W.CUSTOMS: "海关监管",
    _W.TRANSFERRED_OUT: "转出",
    _W.DUE_SOON: "临近到期",
    _W.LIST_AGEING: "名单较旧",
    _W.NO_KEY: "没有此签发机关的密钥",
    _W.KEY_ENDED: "签发机关的密钥已到期",
    _W.KEY_NOT_FOR_KIND: "该密钥不可签此类证件",
    _W.KEY_NOT_FOR_REGION: "该密钥不可签此地区",
    _W.FOREIGN_CODE: "不是交管电子证件",
    _W.MALFORMED: "格式不符",
    _W.LIST_OLD: "名单太旧",
    _W.LIST_MISSING: "缺名单",
    _W.WAY_NOT_TAKEN: "此岗不收这种出示方式",
    _W.TOO_LONG: "授权超过7个工作日",
    _W.TOO_MANY: "授权超过3人",
    _W.WRONG_PURPOSE: "授权用途不符",
    _W.DELEGATION_ENDED: "授权已解除",
    _W.TOO_BRIGHT: "太亮",
    _W.TOO_DARK: "太暗",
    _W.GLARE: "反光",
    _W.TOO_NEAR: "太近",
    _W.TOO_FAR: "太远",
    _W.CUT_EDGE: "不完整",
    _W.BLURRED: "模糊",
    _W.MOVING: "移动",
    _W.TILTED: "太斜",
    _W.READS_DIFFER: "两次读数不同",
    _W.INTERNAL_ERROR: "内部错误",
    _W.UNKNOWN_STATE: "状态不明",
    _W.LOOK_UP_ONLINE: "须联网查",
    _W.UNSUPPORTED: "版本不支持",
    _W.NO_FRAMES: "无画面",
    _W.NO_TRUST: "缺密钥表",
    _W.STARTING: "启动中",
}

_STATE_HEADLINES = {
    word: _WORDS[word]
    for word in (
        _W.CANCELLED, _W.WITHDRAWN, _W.RESCINDED, _W.VOIDED, _W.HELD, _W.DETAINED, _W.SEIZED, _W.SEALED, _W.POINTS_FULL,
        _W.USE_STOPPED, _W.NOT_REVIEWED, _W.NOT_RENEWED, _W.EXTENDED, _W.SCRAP, _W.SUSPENDED, _W.OVERDUE, _W.LOCKED,
        _W.MEDICAL_OVERDUE,
    )
} | {
    _W.CLASS_NOT_COVERED: "车型", _W.PROBATION: "实习期", _W.VIOLATION: "有违法", _W.ACCIDENT: "有事故", _W.CUSTOMS: "监管",
    _W.PASSED_BEFORE: "重复",
    _W.TRANSFERRED_OUT: "转出",
}  # fmt: skip

ZH = Language(
    code="zh",
    lines=_LINES,
    by_word=_BY_WORD,
    by_kind=_BY_KIND,
    kiosk_footers=_KIOSK_FOOTERS,
    words=_WORDS,
    state_headlines=_STATE_HEADLINES,
    vehicle_words={_W.USE_STOPPED: "停驶"},
    kinds={
        _K.INSPECTION_MARK: "检验标志",
        _K.DRIVING_LICENCE: "驾驶证",
        _K.VEHICLE_LICENCE: "行驶证",
        _K.DELEGATED_VEHICLE_LICENCE: "授权行驶证",
        _K.EVI_TAG: "汽车电子标识",
    },
    short_kinds={
        _K.INSPECTION_MARK: "检验标志",
        _K.DRIVING_LICENCE: "驾驶证",
        _K.VEHICLE_LICENCE: "行驶证",
        _K.DELEGATED_VEHICLE_LICENCE: "授权行驶证",
        _K.EVI_TAG: "电子标识",
    },
    ways={Way.LIVE: "现场出示", Way.DOWNLOADED: "离线出示", Way.PRINTED: "打印出示"},
    families={
        Family.GO: "放行",
        Family.GO_NOTICE: "放行并提醒",
        Family.RETRY: "再来一次",
        Family.UNSURE: "无法判定",
        Family.STOP: "不认可",
        Family.ALERT: "异常",
        Family.SERVICE: "停用",
    },
    checks={
        CheckName.DECODE: "读码",
        CheckName.FORMAT: "格式",
        CheckName.ISSUER: "签发机关",
        CheckName.SIGNATURE: "签名",
        CheckName.FRESHNESS: "时效",
        CheckName.DATES: "有效期",
        CheckName.STATUS: "状态",
        CheckName.DELEGATION: "授权",
        CheckName.POLICY: "岗位规则",
        CheckName.REPLAY: "重复使用",
    },
    outcomes={Outcome.GOOD: "通过", Outcome.BAD: "不通过", Outcome.UNKNOWN: "不明", Outcome.SKIPPED: "未涉及"},
    idle=IdleWords(
        invite="出示二维码",
        asked="查{day}当日",
        scan="扫",
        list_age="名单{age}前",
        no_list="没有名单",
        late="补报{late} 今{count}|补报{late}",
        tail="电{percent}% 今{count}|电{percent}% {count}|今{count}",
        starting="启动中",
        clock={ClockLevel.T3: "校时", ClockLevel.T2: "守时", ClockLevel.T1: "钟旧", ClockLevel.T0: "无钟"},
    ),
    pages=PageWords(
        recalled="回执 {receipt} {place}/{of}|回执 {receipt}|{age}前的结果 {place}/{of}|{age}前 {place}/{of}",
        receipt="回执 {receipt}",
        verdict=(
            "{kind} {way}|{kind}",
            "{plate} {vehicle_type}|{plate}|{classes} {name}|{classes}",
            "{ends}到期 余{left}|{ends}到期 逾期{overdue}|{begins}生效",
            "借给{grantee} {purpose} 至{until}|授权{purpose} 至{until}",
            "签发: {issuer}",
            "名单{list_age}前 码{code_age}|名单{list_age}前",
        ),
        finding="{check}: {outcome}",
        terminal=(
            "{id} {lane}号道|{id}",
            "{profile} 版本{version}|版本{version}",
            "密钥表 {trust}|没有密钥表",
            "名单{list_age}前 {clock}±{doubt}|名单{list_age}前 {clock}|没有名单 {clock}",
        ),
        refused="新数据未采用",
        only_that_day="{asked}当日有效 非今日|当日有效 非今日",
        day=("查哪一天?", "{today}{day} 今天|{day} 当日", "下一条: 前一天", "长按: 前十天", "详情键: 确定"),
        stopping="关机中",
    ),
    focus=FocusWords(
        title="调焦",
        module="每格{px}px",
        no_code="未见码",
        peak="峰值{peak}",
        exposure={Exposure.GOOD: "曝光好", Exposure.DARK: "太暗", Exposure.BRIGHT: "太亮"},
        advice="转镜头到峰值 再锁定",
    ),
    demo="演示",
    stage=StageWords(
        lamp="灯",
        colours={LampColour.GREEN: "绿", LampColour.AMBER: "黄", LampColour.RED: "红"},
        buzzer="蜂鸣",
        vibration="振动",
        relay="道闸",
        torch="补光",
        lit="亮",
        on="响",
        off="无",
        opened="开闸",
        closed="不动",
        keys="n 上一条  m 详情  N 补光  Ctrl-C 结束",
        recent="最近",
        too_small="窗口较小, 全幅需 {columns} x {rows}",
    ),
    brackets=("(", ")"),
    plate=str,
    seconds=_seconds,
    days=_days,
)
