// The page's words. Every key exists in both languages (a test compares them).
"use strict";

const WORDS = {
  zh: {
    title: "验码终端", other: "English", state: "状态", last: "最近核验", none_yet: "尚无核验。", setup: "现场调试",
    closed: "未开启。请在设备上长按 MODE 键，或以 root 运行 yanma web open；屏幕上会显示验证码，十分钟内有效。",
    code_label: "设备屏幕上的 8 位验证码", log_in: "进入", log_out: "退出", wrong_code: "验证码不对，还可再试 {left} 次。",
    locked: "已关闭：请在设备上重新开启。", focus: "对焦", peak: "最高", forget: "重新记录最高值",
    focus_low: "慢慢转动镜头或改变距离，直到数值不再上升。", focus_good: "已接近最高值。", self_test: "自检",
    left: "{minutes} 分钟后关闭；设备屏幕显示“预览中”。", no_preview_here: "本岗位不提供画面。", no_picture: "暂无画面。",
    footer: "只显示状态，不含任何个人信息；此页面无法开闸。", good: "正常", bad: "异常", unknown: "未知",
    running: "工作中", out: "停止服务", silent: "终端没有消息", silent_detail: "未运行，或已 15 秒没有更新状态。",
    today: "今日 {count} 次", fact_profile: "岗位", fact_lane: "车道", fact_version: "版本", fact_frame: "最新画面", fact_decode: "每帧耗时",
    fact_list: "名单", fact_clock: "时钟", fact_relay: "开闸次数", fact_unread: "读不清", fact_uptime: "已运行",
    service: "服务", camera: "摄像头", scanner: "读码进程重启", clock: "时钟", list: "名单", bundle: "新数据", display: "显示故障",
    ledger: "账本丢失", supply: "供电", heat: "温度", before: "{age}前", day: "天", hour: "小时", minute: "分", second: "秒", now: "刚刚", moment: "不到 1 秒",
    police: "执法", gate: "门禁", insurer: "保险", dealer: "二手车", demo: "演示数据",
  },
  en: {
    title: "Yanma terminal", other: "中文", state: "State", last: "Last verdicts", none_yet: "None yet.", setup: "Commissioning",
    closed: "Closed. Hold the MODE key at the device, or run yanma web open as root; the screen shows a code, good for ten minutes.",
    code_label: "The 8 digits on the device's screen", log_in: "Enter", log_out: "Leave", wrong_code: "Not that code; {left} attempts left.",
    locked: "Closed: open it again at the device.", focus: "Focus", peak: "peak", forget: "Forget the peak",
    focus_low: "Turn the lens or change the distance slowly, until the number no longer rises.", focus_good: "Close to the peak.",
    self_test: "Self-test", left: "Closes in {minutes} min; the device's screen says PREVIEW.", no_preview_here: "This post shows no picture.",
    no_picture: "No picture now.", footer: "State only, nothing personal; this page cannot open the barrier.",
    good: "good", bad: "bad", unknown: "unknown", running: "In service", out: "Out of service", silent: "The terminal says nothing",
    silent_detail: "It does not run, or has not renewed its state for 15 s.", today: "{count} today", fact_profile: "Post", fact_lane: "Lane",
    fact_version: "Version", fact_frame: "Newest frame", fact_decode: "Time a frame", fact_list: "Status list", fact_clock: "Clock",
    fact_relay: "Barrier opened", fact_unread: "Not readable", fact_uptime: "Running for", service: "Service", camera: "Camera",
    scanner: "Scanner restarts", clock: "Clock", list: "Status list", bundle: "Newer data", display: "Display faults", ledger: "Ledger losses",
    supply: "Supply", heat: "Temperature", before: "{age} ago", day: "d", hour: "h", minute: "min", second: "s", now: "just now", moment: "below 1 s",
    police: "police", gate: "gate", insurer: "insurer", dealer: "dealer", demo: "demo data",
  },
};
