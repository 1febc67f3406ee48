<?php

declare(strict_types=1);

namespace Magento\Framework\DB\Adapter;

interface AdapterInterface
{
    public function insert($table, array $bind);

    public function update($table, array $bind, $where = '');

    public function delete($table, $where = '');

    public function fetchAll($sql, $bind = [], $fetchMode = null);
}
