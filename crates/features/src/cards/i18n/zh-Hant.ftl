# 稽核日誌中關於卡片的說明
audit-cards-card-made = { $actor } 製作了卡片 { $subject }
audit-cards-card-issued = { $actor } 為帳戶 { $subject } 發放了一張卡
audit-cards-card-frozen = { $actor } 臨時凍結了帳戶 { $subject } 的一張卡
audit-cards-card-unfrozen = { $actor } 解除了帳戶 { $subject } 一張卡的臨時凍結
audit-cards-card-blocked = { $actor } 永久停用了帳戶 { $subject } 的一張卡
audit-cards-controls-set = { $actor } 調整了帳戶 { $subject } 一張卡的交易開關
