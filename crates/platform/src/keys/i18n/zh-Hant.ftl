# 日誌中關於金鑰的語句
audit-keys-person-erased = { $actor } 永久刪除了 { $subject } 的個人資料
