<?php

namespace HubConnector;

/**
 * The plug-in's own tables. Made by the package, and again by the page of the plug-in should they be missing.
 */
final class Schema
{
    /**
     * @param string $driver mysql, or sqlite for the tests
     * @return string[]
     */
    public static function create(string $driver, string $prefix): array
    {
        $isMysql = $driver === 'mysql';
        $key = $isMysql ? 'INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY' : 'INTEGER PRIMARY KEY AUTOINCREMENT';
        $payload = $isMysql ? 'MEDIUMTEXT' : 'TEXT';
        $end = $isMysql ? ' ENGINE=InnoDB DEFAULT CHARSET=utf8mb4' : '';
        $outbox = "{$prefix}hubconnector_outbox";
        $create = [
            "CREATE TABLE IF NOT EXISTS $outbox (id $key, uid CHAR(36) NOT NULL, event VARCHAR(32) NOT NULL,"
            . ' entity VARCHAR(16) NOT NULL, entity_id VARCHAR(64) NOT NULL, cause VARCHAR(100) NULL,'
            . " payload $payload NOT NULL, created INT NOT NULL, give_up_at INT NOT NULL, tries INT NOT NULL DEFAULT 0,"
            . ' last_try INT NOT NULL DEFAULT 0, next_try INT NOT NULL, claimed_until INT NOT NULL DEFAULT 0,'
            . " last_error VARCHAR(255) NOT NULL DEFAULT '', state SMALLINT NOT NULL DEFAULT 0)$end",
            "CREATE TABLE IF NOT EXISTS {$prefix}hubconnector_changes (change_id CHAR(64) NOT NULL PRIMARY KEY,"
            . " result TEXT NOT NULL, created INT NOT NULL)$end",
            "CREATE TABLE IF NOT EXISTS {$prefix}hubconnector_seen (id CHAR(64) NOT NULL PRIMARY KEY,"
            . " created INT NOT NULL)$end",
            // When an order has changed, in milliseconds: the shop's own times miss edits of lines and addresses.
            "CREATE TABLE IF NOT EXISTS {$prefix}hubconnector_orders (id INT NOT NULL PRIMARY KEY,"
            . " changed_at BIGINT NOT NULL)$end",
        ];
        $indexes = [
            "CREATE INDEX {$prefix}hubconnector_due ON $outbox (state, next_try)",
            "CREATE INDEX {$prefix}hubconnector_entity ON $outbox (entity, entity_id, state)",
        ];
        return array_merge($create, $indexes);
    }

    /** Makes what is missing; harmless when everything is there. */
    public static function install(\PDO $pdo, string $prefix): void
    {
        $driver = (string) $pdo->getAttribute(\PDO::ATTR_DRIVER_NAME);
        foreach (self::create($driver, $prefix) as $statement) {
            try {
                $pdo->exec($statement);
            } catch (\PDOException $exists) {
                if (strpos($statement, 'CREATE INDEX') !== 0) {
                    throw $exists;
                }
            }
        }
    }

    /** @return string[] */
    public static function tables(string $prefix): array
    {
        return [
            "{$prefix}hubconnector_outbox", "{$prefix}hubconnector_changes", "{$prefix}hubconnector_seen",
            "{$prefix}hubconnector_orders",
        ];
    }
}
