# 稽核日誌中關於客戶與帳戶的說明
audit-accounts-customer-registered = { $actor } 登記了客戶 { $subject }
audit-accounts-account-opened = { $actor } 開立了帳戶 { $subject }
audit-accounts-batch-opened = { $actor } 批次開立了多個帳戶
audit-accounts-limit-set = { $actor } 調整了帳戶 { $subject } 的信用額度
audit-accounts-status-set = { $actor } 變更了帳戶 { $subject } 的狀態
accounts-erased = 已刪除
audit-accounts-customer-read = { $actor } 看了客戶 { $subject }
audit-accounts-customer-sought = { $actor } 查找了客戶
audit-accounts-account-read = { $actor } 看了帳戶 { $subject }
audit-accounts-accounts-read = { $actor } 讀取了帳戶列表
