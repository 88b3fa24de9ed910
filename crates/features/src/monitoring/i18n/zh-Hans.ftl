# 菜单
monitoring-nav-live = 实时
monitoring-nav-alerts = 警报

# 实时大屏
monitoring-live-title = 实时授权
monitoring-every-second = 每秒更新
monitoring-refresh = 刷新
monitoring-ranges = 时间范围
monitoring-range-15m = 15 分
monitoring-range-1h = 1 时
monitoring-range-24h = 24 时
monitoring-kpi-rate = 每秒授权
monitoring-unit-second = 笔
monitoring-kpi-approved = 批准率
monitoring-kpi-latency = 决定用时（毫秒）
monitoring-kpi-alerts = 待处理警报
monitoring-kpi-engine = 授权引擎
monitoring-usual-rate = 平时这个时段：{ $value }
monitoring-before-rate = 前 { $range }：{ $value }
monitoring-no-usual = 还不知道平时的水平
monitoring-approved-of = 最近 { $range }
monitoring-approved-usual = 最近 { $range }；平时 { $value }
monitoring-approved-before = 最近 { $range }；此前 { $value }
monitoring-budget = 预算：p99 不超过 { $ms }
monitoring-alerts-oldest = 最老 { $age }；时限 { $limit }
monitoring-alerts-none = 没有等着的
monitoring-engine-on = 运行中
monitoring-engine-off = 已停止
monitoring-engine-unknown = –
monitoring-engine-rules = 规则集 { $number }
monitoring-engine-behind = 待统计 { $count } 批
monitoring-engine-dropped = 有 { $count } 笔未计入

# 图表的结论
monitoring-declines-idle = 这段时间没有授权
monitoring-declines-none = 没有拒绝
monitoring-declines-steady = 拒绝平稳，{ $share }
monitoring-declines-up = 拒绝从 { $before } 升到 { $now }，主要是{ $family }
monitoring-declines-down = 拒绝从 { $before } 降到 { $now }
monitoring-declines-wave-stopped = 拒绝：{ $time } 起一波{ $reason }，规则 { $rule } 已拦下
monitoring-declines-wave = 拒绝：{ $time } 起一波{ $reason }，规则 { $rule } 已发现
monitoring-rate-idle = 现在没有授权
monitoring-rate-steady = 每秒授权平稳，现为 { $now } 笔
monitoring-rate-up = 每秒授权上升：{ $before } → { $now } 笔
monitoring-rate-down = 每秒授权下降：{ $before } → { $now } 笔
monitoring-latency-idle = 还没有用时数据
monitoring-latency-within = p99 始终低于 { $ms } 毫秒预算
monitoring-latency-exceeded = p99 在 { $time } 超出预算，最高 { $worst } 毫秒
monitoring-latency-exceeds = p99 自 { $time } 起超出预算，最高 { $worst } 毫秒
monitoring-per-minute-by-reason = 笔/分，按原因
monitoring-per-second = 笔/秒
monitoring-milliseconds = 毫秒
monitoring-budget-line = 预算 { $ms }
monitoring-mark = { $rule } 触发 { $time }
monitoring-reason = 原因

# 原因归类
monitoring-family-approved = 批准
monitoring-family-limit = 额度不足
monitoring-family-unusable = 卡不可用
monitoring-family-proof = 安全码不符
monitoring-family-control = 客户自己关掉的
monitoring-family-risk = 风险规则

# 地点与商户类别
monitoring-places = 地点
monitoring-places-note = 相差超过 { $share } 的行加注“偏离”。
monitoring-places-foot = 这里只有合计；单笔要到警报里看。
monitoring-places-empty = 这段时间没有授权
monitoring-place-online-home = 网上·境内
monitoring-place-online-abroad = 网上·境外
monitoring-place-other = 其他地点
monitoring-place = 地点
monitoring-class = 商户类别
monitoring-classes = 商户类别
monitoring-class-other = 未注明
monitoring-per-minute = 笔/分
monitoring-against-usual = 和平时比
monitoring-against-before = 和前 { $range }比
monitoring-against-nothing = 变化
monitoring-main-reason = 主要拒因
monitoring-level = 持平
monitoring-unusual = 偏离

# 警报
monitoring-alerts-title = 警报
monitoring-alerts-all = 全部 { $count } 条
monitoring-alerts-empty = 没有待处理的警报
monitoring-alerts-empty-text = 新的警报会自动出现在这里。
monitoring-alerts-closed-empty = 还没有结案的警报
monitoring-alerts-closed-empty-text = 警报查清之后，结论会留在这里。
monitoring-alerts-open = 待处理
monitoring-alerts-closed = 已结案
monitoring-alerts-more = 更早的
monitoring-alert-merchant = { $reason }：{ $merchant } { $count } 次
monitoring-alert-account = { $reason }：{ $merchant }
monitoring-alert-account-many = { $reason }：同一账户 { $count } 笔
monitoring-alert-latency = p99 超出预算：{ $worst } 毫秒
monitoring-alert-declines = 拒绝升到 { $worst }
monitoring-alert-text-rule = { $rule }。
monitoring-alert-text-stopped = 0 笔通过。
monitoring-alert-text-passed = { $count } 笔已通过。
monitoring-alert-text-last = 最近一笔 { $time }。
monitoring-alert-text-latency = 预算 { $bound } 毫秒；已超出 { $count } 分钟。
monitoring-alert-text-declines = 此前一小时 { $bound }；已持续 { $count } 分钟。
monitoring-alert-owner = 处理 { $name }
monitoring-alert-nobody = 没有人处理
monitoring-alert-unnamed = 未注明的商户
monitoring-alert-mine = 你
monitoring-alert-take = 我来处理
monitoring-alert-take-over = 接过来
monitoring-alert-close = 结案
monitoring-alert-what = 查明是什么？
monitoring-alert-payments = 相关交易
monitoring-alert-payment = 交易
monitoring-alert-when = 时间
monitoring-alert-result = 结果
monitoring-alert-account-column = 账户
monitoring-alert-passed = 批准
monitoring-alert-declined = 拒绝
monitoring-alert-newest = 共 { $count } 笔，这里是最近 { $shown } 笔
monitoring-alert-merchant-name = 商户
monitoring-alert-owner-name = 谁在处理
monitoring-alert-state = 状态
monitoring-alert-back = 全部警报
monitoring-alert-opened = 开始
monitoring-alert-closed-at = { $time } 结案：{ $outcome }
monitoring-state-open = 待处理
monitoring-state-seen = 处理中
monitoring-state-closed = 已结案
monitoring-outcome-fraud = 欺诈
monitoring-outcome-genuine = 本人
monitoring-outcome-unclear = 查不清
monitoring-outcome-fraud-note = 相关交易标为欺诈，规则会从中学习。
monitoring-outcome-genuine-note = 相关交易标为本人所为。
monitoring-outcome-unclear-note = 不给任何交易加标记。

# 规则的原因
monitoring-reason-none = 不像本人
monitoring-reason-suspected_fraud = 不像本人
monitoring-reason-velocity = 短时间内过多
monitoring-reason-card_testing = 试卡
monitoring-reason-unusual_place = 地点异常
monitoring-reason-unusual_amount = 金额异常
monitoring-reason-terminal_risk = 终端有欺诈记录
monitoring-reason-merchant_risk = 商户有欺诈记录
monitoring-reason-lost_card = 卡可能在别人手里
monitoring-reason-account_takeover = 账户可能被别人控制

# 审计日志的句子
audit-monitoring-alert-opened = 开启警报 { $subject }
audit-monitoring-alert-joined = 并入警报 { $subject }
audit-monitoring-alert-taken = 接手警报 { $subject }
audit-monitoring-alert-closed = 结案警报 { $subject }
audit-monitoring-payment-labelled = 为 { $subject } 的交易加标记
