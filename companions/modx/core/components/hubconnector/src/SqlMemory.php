<?php

namespace HubConnector;

final class SqlMemory implements Memory
{
    /** As long as a signature holds, in both directions of the clock: after it the time alone refuses a repeat. */
    private const REMEMBER_IDS = 2 * Signer::TOLERANCE;

    /** The hub repeats a change for hours at most. */
    private const REMEMBER_RESULTS = 30 * 86400;

    /** @var Sql */
    private $sql;

    public function __construct(Sql $sql)
    {
        $this->sql = $sql;
    }

    public function isNew(string $webhookId, int $now): bool
    {
        $this->sql->change('DELETE FROM {hubconnector_seen} WHERE created < ?', [$now - self::REMEMBER_IDS]);
        $key = hash('sha256', $webhookId);
        try {
            $this->sql->change('INSERT INTO {hubconnector_seen} (id, created) VALUES (?, ?)', [$key, $now]);
        } catch (\RuntimeException $error) {
            if ($this->sql->rows('SELECT id FROM {hubconnector_seen} WHERE id = ?', [$key])) {
                return false;
            }
            throw $error;
        }
        return true;
    }

    public function resultOf(string $changeId): ?array
    {
        $rows = $this->sql->rows(
            'SELECT result FROM {hubconnector_changes} WHERE change_id = ?',
            [hash('sha256', $changeId)]
        );
        return $rows ? Format::decoded($rows[0]['result']) : null;
    }

    public function keepResult(string $changeId, array $result, int $now): void
    {
        $this->sql->change('DELETE FROM {hubconnector_changes} WHERE created < ?', [$now - self::REMEMBER_RESULTS]);
        if ($this->resultOf($changeId) === null) {
            $this->sql->change(
                'INSERT INTO {hubconnector_changes} (change_id, result, created) VALUES (?, ?, ?)',
                [hash('sha256', $changeId), Format::asciiJson($result), $now]
            );
        }
    }
}
