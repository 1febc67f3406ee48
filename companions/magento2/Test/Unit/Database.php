<?php

declare(strict_types=1);

namespace Hub\Connector\Test\Unit;

use Magento\Framework\DB\Adapter\AdapterInterface;
use PDO;

/**
 * Magento's adapter over SQLite, with the table of etc/db_schema.xml.
 */
class Database implements AdapterInterface
{
    public readonly PDO $pdo;

    public function __construct(?string $file = null)
    {
        $this->pdo = new PDO('sqlite:' . ($file ?? ':memory:'));
        $schema = simplexml_load_file(dirname(__DIR__, 2) . '/etc/db_schema.xml');
        $columns = [];
        foreach ($schema->table->column as $column) {
            $isKey = (string)$column['identity'] === 'true';
            $default = isset($column['default']) ? " DEFAULT '{$column['default']}'" : '';
            $type = (string)$column->attributes('xsi', true)['type'] === 'varchar' ? 'TEXT' : 'INT';
            $columns[] = $column['name'] . ($isKey ? ' INTEGER PRIMARY KEY' : " $type NOT NULL$default");
        }
        $this->pdo->exec('CREATE TABLE IF NOT EXISTS shop_hub_outbox (' . implode(', ', $columns) . ')');
    }

    public function insert($table, array $bind)
    {
        $names = implode(', ', array_keys($bind));
        $marks = implode(', ', array_fill(0, count($bind), '?'));
        return $this->run("INSERT INTO $table ($names) VALUES ($marks)", array_values($bind))->rowCount();
    }

    public function update($table, array $bind, $where = '')
    {
        $set = implode(', ', array_map(static fn (string $name): string => "$name = ?", array_keys($bind)));
        [$condition, $values] = $this->where($where);
        return $this->run("UPDATE $table SET $set$condition", [...array_values($bind), ...$values])->rowCount();
    }

    public function delete($table, $where = '')
    {
        [$condition, $values] = $this->where($where);
        return $this->run("DELETE FROM $table$condition", $values)->rowCount();
    }

    public function fetchAll($sql, $bind = [], $fetchMode = null)
    {
        return $this->run($sql, $bind)->fetchAll(PDO::FETCH_ASSOC);
    }

    public function rows(): array
    {
        return $this->fetchAll('SELECT * FROM shop_hub_outbox ORDER BY id');
    }

    private function where(array $where): array
    {
        $conditions = [];
        $values = [];
        foreach ($where as $condition => $value) {
            $list = (array)$value;
            $conditions[] = str_replace('?', implode(', ', array_fill(0, count($list), '?')), $condition);
            array_push($values, ...array_values($list));
        }
        return [$conditions === [] ? '' : ' WHERE ' . implode(' AND ', $conditions), $values];
    }

    private function run(string $sql, array $bind): \PDOStatement
    {
        $statement = $this->pdo->prepare($sql);
        $statement->execute($bind);
        return $statement;
    }
}
