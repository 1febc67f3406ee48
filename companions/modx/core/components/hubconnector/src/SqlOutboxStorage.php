<?php

namespace HubConnector;

final class SqlOutboxStorage implements OutboxStorage
{
    private const HEAD = 'id, uid, event, entity, entity_id, cause, created, tries, last_try, next_try, last_error,'
        . ' state';

    /** @var Sql */
    private $sql;

    public function __construct(Sql $sql)
    {
        $this->sql = $sql;
    }

    public function insert(array $row): int
    {
        $names = array_keys($row);
        $marks = implode(', ', array_fill(0, count($row), '?'));
        $this->sql->change(
            'INSERT INTO {hubconnector_outbox} (' . implode(', ', $names) . ") VALUES ($marks)",
            array_values($row)
        );
        return $this->sql->lastId();
    }

    public function waiting(string $entity, string $entityId, int $now): array
    {
        return $this->sql->rows(
            'SELECT ' . self::HEAD . ' FROM {hubconnector_outbox}'
            . ' WHERE entity = ? AND entity_id = ? AND state = 0 AND claimed_until <= ? ORDER BY id',
            [$entity, $entityId, $now]
        );
    }

    public function remove(array $ids): void
    {
        $this->sql->change('DELETE FROM {hubconnector_outbox} WHERE id IN {in} AND state = 0', [], $ids);
    }

    public function due(int $now, int $limit): array
    {
        return $this->sql->rows(
            'SELECT ' . self::HEAD . ' FROM {hubconnector_outbox}'
            . " WHERE state = 0 AND next_try <= ? AND claimed_until <= ? ORDER BY id LIMIT $limit",
            [$now, $now]
        );
    }

    public function claim(int $id, int $now, int $until): ?array
    {
        $claimed = $this->sql->change(
            'UPDATE {hubconnector_outbox} SET claimed_until = ?'
            . ' WHERE id = ? AND state = 0 AND next_try <= ? AND claimed_until <= ?',
            [$until, $id, $now, $now]
        );
        $rows = $claimed === 1 ? $this->sql->rows('SELECT * FROM {hubconnector_outbox} WHERE id = ?', [$id]) : [];
        return $rows ? $rows[0] : null;
    }

    public function markSent(int $id, int $now): void
    {
        // The snapshot has done its work: personal data does not stay here.
        $this->sql->change(
            "UPDATE {hubconnector_outbox} SET state = 1, payload = '', last_error = '', last_try = ?, tries = tries + 1"
            . ' WHERE id = ?',
            [$now, $id]
        );
    }

    public function markFailed(int $id, int $tries, int $now, int $nextTry, string $error, bool $isGivenUp): void
    {
        $this->sql->change(
            'UPDATE {hubconnector_outbox} SET state = ?, tries = ?, last_try = ?, next_try = ?, last_error = ?,'
            . ' claimed_until = 0 WHERE id = ?',
            [$isGivenUp ? self::GIVEN_UP : self::PENDING, $tries, $now, $nextTry, mb_substr($error, 0, 255), $id]
        );
    }

    public function requeue(?array $uids, int $now, int $giveUpAt): int
    {
        $waits = 'state IN (0, 2) AND claimed_until <= ?';
        if ($uids !== null) {
            $waits .= ' AND uid IN {in}';
        }
        // Counted before: MySQL leaves rows that were due already out of the number of changed ones.
        $query = "SELECT COUNT(*) AS number FROM {hubconnector_outbox} WHERE $waits";
        $rows = $this->sql->rows($query, [$now], $uids ?: []);
        $this->sql->change(
            "UPDATE {hubconnector_outbox} SET state = 0, tries = 0, next_try = ?, give_up_at = ? WHERE $waits",
            [$now, $giveUpAt, $now],
            $uids ?: []
        );
        return $rows ? (int) $rows[0]['number'] : 0;
    }

    public function counts(): array
    {
        $counts = ['pending' => 0, 'oldest' => null, 'failed' => 0, 'last_failure' => null];
        $rows = $this->sql->rows(
            'SELECT state, COUNT(*) AS number, MIN(created) AS oldest, MAX(last_try) AS tried'
            . ' FROM {hubconnector_outbox} WHERE state IN (0, 2) GROUP BY state'
        );
        foreach ($rows as $row) {
            if ((int) $row['state'] === self::PENDING) {
                $counts['pending'] = (int) $row['number'];
                $counts['oldest'] = (int) $row['oldest'];
                $counts['last_failure'] = (int) $row['tried'] ?: null;
            } else {
                $counts['failed'] = (int) $row['number'];
            }
        }
        return $counts;
    }

    public function troubled(int $limit): array
    {
        return $this->sql->rows(
            'SELECT ' . self::HEAD . ' FROM {hubconnector_outbox}'
            . " WHERE state IN (0, 2) AND tries > 0 ORDER BY last_try DESC, id DESC LIMIT $limit"
        );
    }

    public function touch(int $orderId, int $milliseconds): void
    {
        $known = $this->sql->rows('SELECT changed_at FROM {hubconnector_orders} WHERE id = ?', [$orderId]);
        if ($known) {
            $this->sql->change(
                'UPDATE {hubconnector_orders} SET changed_at = ? WHERE id = ? AND changed_at < ?',
                [$milliseconds, $orderId, $milliseconds]
            );
            return;
        }
        try {
            $this->sql->change(
                'INSERT INTO {hubconnector_orders} (id, changed_at) VALUES (?, ?)',
                [$orderId, $milliseconds]
            );
        } catch (\RuntimeException $anotherWasFaster) {
            return; // by a moment that does not matter
        }
    }

    public function purge(int $before): void
    {
        $this->sql->change('DELETE FROM {hubconnector_outbox} WHERE state = 1 AND last_try < ?', [$before]);
    }
}
