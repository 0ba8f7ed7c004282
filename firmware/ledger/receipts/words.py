"""The labels of a receipt's page, Chinese and English beside each other. What a verdict is called is handed in with it."""

from __future__ import annotations

from typing import Final

from firmware.ledger.receipts.body import Answer, PhotoState

Pair = tuple[str, str]

TITLE: Final[Pair] = ("核验回执", "Verification receipt")
NUMBER: Final[Pair] = ("编号", "No.")
CODE: Final[Pair] = ("回执码", "Receipt code")
TRIALS: Final[dict[str, Pair]] = {"demo": ("演示", "DEMO"), "staging": ("测试", "STAGING")}
QUESTION: Final[Pair] = ("核验时点", "As of")
DATES: Final[Pair] = ("有效期", "Dates")
STATUS: Final[Pair] = ("状态", "Status")
DOCUMENT: Final[Pair] = ("证件", "Document")
EVIDENCE: Final[Pair] = ("依据", "Evidence")
YES: Final[Pair] = ("是", "yes")
NO: Final[Pair] = ("否", "no")
UNKNOWN: Final[Pair] = ("未知", "not known")

ANSWERS: Final[dict[str, Pair]] = {
    Answer.VALID: ("当日有效", "In date that day"),
    Answer.EXPIRED: ("当日过期", "Out of date that day"),
    Answer.NOT_YET: ("当日未生效", "Not yet in force that day"),
    Answer.CANNOT_TELL: ("无法判定", "Cannot be told"),
}
STATUSES: Final[dict[str, Pair]] = {
    "good": ("当日正常", "In good standing that day"),
    "bad": ("当日异常", "Not in good standing that day"),
    "unknown": ("当日状态未核", "Standing that day not checked"),
    "skipped": ("当日状态未核", "Standing that day not checked"),
}

#: Of a mark these are said even when the answer is not known.
ALWAYS_OF_A_MARK: Final = frozenset({"inspection.applied_late", "inspection.exempt"})

#: Rows of the two tables: label, and where the value lies in the receipt.
FACT_ROWS: Final[tuple[tuple[Pair, str], ...]] = (
    (("种类", "Kind"), "document.kind"),
    (("出示方式", "Shown as"), "document.way"),
    (("号牌号码", "Plate"), "facts.plate"),
    (("姓名（隐去）", "Name (masked)"), "facts.name"),
    (("准驾车型", "Classes"), "facts.classes"),
    (("车辆识别代号后四位", "Last four of the VIN"), "facts.vin_tail"),
    (("有效期自", "In force from"), "facts.begins"),
    (("有效期至", "Last good day"), "facts.ends"),
    (("签发机关", "Issued by"), "issuer.name"),
    (("签发日期", "Issued on"), "inspection.issued"),
    (("应申领期限", "To be applied for by"), "inspection.due_before"),
    (("逾期申领", "Applied for late"), "inspection.applied_late"),
    (("免予上线检测", "Exempt from the line test"), "inspection.exempt"),
)
EVIDENCE_ROWS: Final[tuple[tuple[Pair, str], ...]] = (
    (("结论", "Verdict"), "verdict.said"),
    (("结论（英文）", "Verdict in English"), "verdict.en"),
    (("被核文件", "File"), "file.name"),
    (("文件 SHA-256", "SHA-256 of the file"), "file.sha256"),
    (("凭证摘要（加盐）", "Salted digest of the code"), "credential.digest"),
    (("签发密钥", "Key of the issuer"), "issuer.key"),
    (("状态名单", "Status list"), "status_list"),
    (("名单摘要", "Digest of the list"), "status_list.sha256"),
    (("信任清单与规则版本", "Trust list, rules"), "versions"),
    (("作出时间与时钟", "Made at, by which clock"), "made"),
    (("设备与固件", "Device, firmware"), "device"),
    (("现场照片（加密）", "Photograph (sealed)"), "photo"),
    (("前一回执摘要", "Digest of the one before"), "previous"),
)
#: What the row of the photograph says; nothing where none was to be taken.
PHOTOS: Final[dict[str, Pair]] = {
    PhotoState.SEALED: ("已加密", "sealed"),
    PhotoState.MISSING: ("未能取得", "could not be had"),
}
LIVE_VIEW: Final[Pair] = ("现场出示，无文件", "shown to the camera, no file")
STATEMENT: Final[Pair] = (
    "本回执只陈述核验所得的事实：所示凭证在上述时点的签名、有效期与状态。是否属于保险责任，不由本回执判定。",
    "This receipt states what was found: signature, dates and standing of the code at the time named. It does not say "
    "whether anything is covered.",
)
HOW_TO_CHECK: Final[Pair] = (
    "核对本回执：yanma ledger verify 文件夹（同名 .json 为经签名的原件，本页为其可读副本）。",
    "To check it: yanma ledger verify FOLDER. The .json of the same name is the signed original, this page its readable copy.",
)


def every_word() -> str:
    """All characters that the labels need, for the font."""
    rows = [label for label, _ in (*FACT_ROWS, *EVIDENCE_ROWS)]
    heads = [TITLE, NUMBER, CODE, QUESTION, DATES, STATUS, DOCUMENT, EVIDENCE, YES, NO, UNKNOWN]
    pairs = [
        *rows,
        *heads,
        *ANSWERS.values(),
        *STATUSES.values(),
        *TRIALS.values(),
        STATEMENT,
        HOW_TO_CHECK,
        LIVE_VIEW,
        *PHOTOS.values(),
    ]
    return "".join(sorted({character for pair in pairs for text in pair for character in text}))
