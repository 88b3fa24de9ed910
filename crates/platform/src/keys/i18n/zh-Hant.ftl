# 日誌中關於金鑰的語句
audit-keys-person-erased = { $actor } 永久刪除了 { $subject } 的個人資料
audit-keys-set-noted = { $actor } 記錄了各金鑰的檢核值
audit-keys-master-rotated = { $actor } 啟用了新的主金鑰 { $subject }
audit-keys-rows-rewrapped = 所有資料金鑰均已由 { $subject } 重新封裝
audit-keys-master-retired = { $actor } 永久銷毀了 { $subject }
