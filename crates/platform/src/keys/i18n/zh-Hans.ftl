# 日志中关于密钥的语句
audit-keys-person-erased = { $actor } 永久删除了 { $subject } 的个人信息
