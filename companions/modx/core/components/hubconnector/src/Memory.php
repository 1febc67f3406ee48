<?php

namespace HubConnector;

/**
 * What the shop remembers of the hub's commands.
 */
interface Memory
{
    /** False when a command with this webhook-id came within the last ten minutes. Safe against two at once. */
    public function isNew(string $webhookId, int $now): bool;

    /** @return array<string, mixed>|null the answer to this change, if it was carried out before */
    public function resultOf(string $changeId): ?array;

    /** @param array<string, mixed> $result */
    public function keepResult(string $changeId, array $result, int $now): void;
}
