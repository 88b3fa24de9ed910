# 日志中关于备份与恢复的句子
audit-backup-taken = { $actor } 备份了数据库
audit-backup-restored = { $actor } 用备份恢复了数据库，现处于纪元 { $subject }
audit-backup-epoch-began = { $actor } 开始了数据库的纪元 { $subject }
audit-backup-log-recovered = { $actor } 将备份中没有的决定补回日志
