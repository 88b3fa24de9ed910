# 日誌中關於備份與還原的句子
audit-backup-taken = { $actor } 備份了資料庫
audit-backup-restored = { $actor } 以備份還原了資料庫，現處於紀元 { $subject }
audit-backup-epoch-began = { $actor } 開始了資料庫的紀元 { $subject }
audit-backup-log-recovered = { $actor } 將備份中沒有的決定補回日誌
