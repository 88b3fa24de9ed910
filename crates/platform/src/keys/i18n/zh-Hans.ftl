# 日志中关于密钥的语句
audit-keys-person-erased = { $actor } 永久删除了 { $subject } 的个人信息
audit-keys-set-noted = { $actor } 记录了各密钥的校验值
audit-keys-master-rotated = { $actor } 启用了新的主密钥 { $subject }
audit-keys-rows-rewrapped = 所有数据密钥均已由 { $subject } 重新封装
audit-keys-master-retired = { $actor } 永久销毁了 { $subject }
