# 選單
monitoring-nav-live = 即時
monitoring-nav-alerts = 警示

# 即時大螢幕
monitoring-live-title = 即時授權
monitoring-every-second = 每秒更新
monitoring-refresh = 重新整理
monitoring-ranges = 時間範圍
monitoring-range-15m = 15 分
monitoring-range-1h = 1 時
monitoring-range-24h = 24 時
monitoring-kpi-rate = 每秒授權
monitoring-unit-second = 筆
monitoring-kpi-approved = 核准率
monitoring-kpi-latency = 決定用時（毫秒）
monitoring-kpi-alerts = 待處理警示
monitoring-kpi-engine = 授權引擎
monitoring-usual-rate = 平時這個時段：{ $value }
monitoring-before-rate = 前 { $range }：{ $value }
monitoring-no-usual = 還不知道平時的水準
monitoring-approved-of = 最近 { $range }
monitoring-approved-usual = 最近 { $range }；平時 { $value }
monitoring-approved-before = 最近 { $range }；此前 { $value }
monitoring-budget = 預算：p99 不超過 { $ms }
monitoring-alerts-oldest = 最久 { $age }；時限 { $limit }
monitoring-alerts-none = 沒有等著的
monitoring-engine-on = 運作中
monitoring-engine-off = 已停止
monitoring-engine-unknown = –
monitoring-engine-rules = 規則集 { $number }
monitoring-engine-behind = 待統計 { $count } 批
monitoring-engine-dropped = 有 { $count } 筆未計入

# 圖表的結論
monitoring-declines-idle = 這段時間沒有授權
monitoring-declines-none = 沒有拒絕
monitoring-declines-steady = 拒絕平穩，{ $share }
monitoring-declines-up = 拒絕從 { $before } 升到 { $now }，主要是{ $family }
monitoring-declines-down = 拒絕從 { $before } 降到 { $now }
monitoring-declines-wave-stopped = 拒絕：{ $time } 起一波{ $reason }，規則 { $rule } 已攔下
monitoring-declines-wave = 拒絕：{ $time } 起一波{ $reason }，規則 { $rule } 已發現
monitoring-rate-idle = 現在沒有授權
monitoring-rate-steady = 每秒授權平穩，現為 { $now } 筆
monitoring-rate-up = 每秒授權上升：{ $before } → { $now } 筆
monitoring-rate-down = 每秒授權下降：{ $before } → { $now } 筆
monitoring-latency-idle = 還沒有用時資料
monitoring-latency-within = p99 始終低於 { $ms } 毫秒預算
monitoring-latency-exceeded = p99 在 { $time } 超出預算，最高 { $worst } 毫秒
monitoring-latency-exceeds = p99 自 { $time } 起超出預算，最高 { $worst } 毫秒
monitoring-per-minute-by-reason = 筆/分，依原因
monitoring-per-second = 筆/秒
monitoring-milliseconds = 毫秒
monitoring-budget-line = 預算 { $ms }
monitoring-mark = { $rule } 觸發 { $time }
monitoring-reason = 原因

# 原因歸類
monitoring-family-approved = 核准
monitoring-family-limit = 額度不足
monitoring-family-unusable = 卡片不可用
monitoring-family-proof = 安全碼不符
monitoring-family-control = 客戶自己關掉的
monitoring-family-risk = 風險規則

# 地點與商店類別
monitoring-places = 地點
monitoring-places-note = 相差超過 { $share } 的列加註「偏離」。
monitoring-places-foot = 這裡只有合計；單筆要到警示裡看。
monitoring-places-empty = 這段時間沒有授權
monitoring-place-online-home = 網路·境內
monitoring-place-online-abroad = 網路·境外
monitoring-place-other = 其他地點
monitoring-place = 地點
monitoring-class = 商店類別
monitoring-classes = 商店類別
monitoring-class-other = 未註明
monitoring-per-minute = 筆/分
monitoring-against-usual = 和平時比
monitoring-against-before = 和前 { $range }比
monitoring-against-nothing = 變化
monitoring-main-reason = 主要拒因
monitoring-level = 持平
monitoring-unusual = 偏離

# 警示
monitoring-alerts-title = 警示
monitoring-alerts-all = 全部 { $count } 則
monitoring-alerts-empty = 沒有待處理的警示
monitoring-alerts-empty-text = 新的警示會自動出現在這裡。
monitoring-alerts-closed-empty = 還沒有結案的警示
monitoring-alerts-closed-empty-text = 警示查清之後，結論會留在這裡。
monitoring-alerts-open = 待處理
monitoring-alerts-closed = 已結案
monitoring-alerts-more = 更早的
monitoring-alert-merchant = { $reason }：{ $merchant } { $count } 次
monitoring-alert-account = { $reason }：{ $merchant }
monitoring-alert-account-many = { $reason }：同一帳戶 { $count } 筆
monitoring-alert-latency = p99 超出預算：{ $worst } 毫秒
monitoring-alert-declines = 拒絕升到 { $worst }
monitoring-alert-text-rule = { $rule }。
monitoring-alert-text-stopped = 0 筆通過。
monitoring-alert-text-passed = { $count } 筆已通過。
monitoring-alert-text-last = 最近一筆 { $time }。
monitoring-alert-text-latency = 預算 { $bound } 毫秒；已超出 { $count } 分鐘。
monitoring-alert-text-declines = 此前一小時 { $bound }；已持續 { $count } 分鐘。
monitoring-alert-owner = 處理 { $name }
monitoring-alert-nobody = 沒有人處理
monitoring-alert-unnamed = 未註明的商店
monitoring-alert-mine = 你
monitoring-alert-take = 我來處理
monitoring-alert-take-over = 接過來
monitoring-alert-close = 結案
monitoring-alert-what = 查明是什麼？
monitoring-alert-payments = 相關交易
monitoring-alert-payment = 交易
monitoring-alert-when = 時間
monitoring-alert-result = 結果
monitoring-alert-account-column = 帳戶
monitoring-alert-passed = 核准
monitoring-alert-declined = 拒絕
monitoring-alert-newest = 共 { $count } 筆，這裡是最近 { $shown } 筆
monitoring-alert-merchant-name = 商店
monitoring-alert-owner-name = 誰在處理
monitoring-alert-state = 狀態
monitoring-alert-back = 全部警示
monitoring-alert-opened = 開始
monitoring-alert-closed-at = { $time } 結案：{ $outcome }
monitoring-state-open = 待處理
monitoring-state-seen = 處理中
monitoring-state-closed = 已結案
monitoring-outcome-fraud = 詐騙
monitoring-outcome-genuine = 本人
monitoring-outcome-unclear = 查不清
monitoring-outcome-fraud-note = 相關交易標為詐騙，規則會從中學習。
monitoring-outcome-genuine-note = 相關交易標為本人所為。
monitoring-outcome-unclear-note = 不給任何交易加標記。

# 規則的原因
monitoring-reason-none = 不像本人
monitoring-reason-suspected_fraud = 不像本人
monitoring-reason-velocity = 短時間內過多
monitoring-reason-card_testing = 試卡
monitoring-reason-unusual_place = 地點異常
monitoring-reason-unusual_amount = 金額異常
monitoring-reason-terminal_risk = 終端有詐騙紀錄
monitoring-reason-merchant_risk = 商店有詐騙紀錄
monitoring-reason-lost_card = 卡片可能在別人手裡
monitoring-reason-account_takeover = 帳戶可能被別人控制

# 稽核紀錄的句子
audit-monitoring-alert-opened = 開啟警示 { $subject }
audit-monitoring-alert-joined = 併入警示 { $subject }
audit-monitoring-alert-taken = 接手警示 { $subject }
audit-monitoring-alert-closed = 結案警示 { $subject }
audit-monitoring-payment-labelled = 為 { $subject } 的交易加標記
