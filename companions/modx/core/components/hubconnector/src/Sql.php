<?php

namespace HubConnector;

/**
 * PDO with the shop's table prefix. It throws whatever error mode MODX has chosen, and its messages hold no values.
 */
final class Sql
{
    /** @var \PDO */
    private $pdo;

    /** @var string */
    private $prefix;

    /** @var array<string, bool> */
    private $known = [];

    public function __construct(\PDO $pdo, string $prefix)
    {
        $this->pdo = $pdo;
        $this->prefix = $prefix;
    }

    /**
     * @param string $sql with {table} for a table of the shop and one {in} for a list
     * @param array<int|string> $list what {in} holds
     * @return array[] rows
     */
    public function rows(string $sql, array $params = [], array $list = []): array
    {
        if ($list === [] && strpos($sql, '{in}') !== false) {
            return [];
        }
        return $this->run($sql, $params, $list)->fetchAll(\PDO::FETCH_ASSOC);
    }

    /** How many rows were changed. */
    public function change(string $sql, array $params = [], array $list = []): int
    {
        if ($list === [] && strpos($sql, '{in}') !== false) {
            return 0;
        }
        return $this->run($sql, $params, $list)->rowCount();
    }

    public function lastId(): int
    {
        return (int) $this->pdo->lastInsertId();
    }

    /** Whether the shop has this table: add-ons may or may not be there. */
    public function has(string $table): bool
    {
        if (!isset($this->known[$table])) {
            try {
                $this->rows("SELECT 1 FROM {{$table}} LIMIT 1");
                $this->known[$table] = true;
            } catch (\RuntimeException $missing) {
                $this->known[$table] = false;
            }
        }
        return $this->known[$table];
    }

    private function run(string $sql, array $params, array $list): \PDOStatement
    {
        $params = array_values($params);
        array_splice($params, substr_count((string) strstr($sql, '{in}', true), '?'), 0, array_values($list));
        $marks = implode(', ', array_fill(0, count($list), '?'));
        $sql = str_replace('{in}', "($marks)", $sql);
        $sql = (string) preg_replace('/\{(\w+)\}/', '`' . $this->prefix . '$1`', $sql);
        $failed = 'A database query failed';
        try {
            $statement = $this->pdo->prepare($sql);
            if ($statement !== false && $statement->execute($params)) {
                return $statement;
            }
            $failed .= ': ' . ($statement === false ? $this->pdo->errorCode() : $statement->errorCode());
        } catch (\PDOException $error) {
            $failed .= ': ' . $error->getCode();
        }
        throw new \RuntimeException($failed . '.');
    }
}
