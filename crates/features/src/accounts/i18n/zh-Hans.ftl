# 审计日志中关于客户与账户的说明
audit-accounts-customer-registered = { $actor } 登记了客户 { $subject }
audit-accounts-account-opened = { $actor } 开立了账户 { $subject }
audit-accounts-batch-opened = { $actor } 批量开立了多个账户
audit-accounts-limit-set = { $actor } 调整了账户 { $subject } 的信用额度
audit-accounts-status-set = { $actor } 变更了账户 { $subject } 的状态
accounts-erased = 已删除
audit-accounts-customer-read = { $actor } 看了客户 { $subject }
audit-accounts-customer-sought = { $actor } 查找了客户
audit-accounts-account-read = { $actor } 看了账户 { $subject }
audit-accounts-accounts-read = { $actor } 读取了账户列表
