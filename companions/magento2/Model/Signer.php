<?php

declare(strict_types=1);

namespace Hub\Connector\Model;

use InvalidArgumentException;

/**
 * Signatures after the Standard Webhooks scheme 1.0.0; held to the hub's by companions/signature-vectors.json.
 */
class Signer
{
    /**
     * The three headers; one signature per secret, so that the hub may hold either during a rotation.
     *
     * @param string[] $secrets the newest first, "whsec_" and 24 to 64 bytes in base64
     * @return array<string, string>
     * @throws InvalidArgumentException when no secret is given or one has another form; it is not repeated
     */
    public function headers(array $secrets, string $id, int $timestamp, string $body): array
    {
        $signatures = [];
        foreach ($secrets as $secret) {
            $signature = hash_hmac('sha256', $id . '.' . $timestamp . '.' . $body, $this->key($secret), true);
            $signatures[] = 'v1,' . base64_encode($signature);
        }
        if ($signatures === []) {
            throw new InvalidArgumentException('The signing secret is not set.');
        }
        return [
            'webhook-id' => $id,
            'webhook-timestamp' => (string)$timestamp,
            'webhook-signature' => implode(' ', $signatures),
        ];
    }

    private function key(string $secret): string
    {
        $bare = trim($secret);
        $bare = rtrim(str_starts_with($bare, 'whsec_') ? substr($bare, 6) : $bare, '=');
        $key = base64_decode($bare . str_repeat('=', (4 - strlen($bare) % 4) % 4), true);
        if ($key === false || strlen($key) < 24 || strlen($key) > 64) {
            throw new InvalidArgumentException('The signing secret must be “whsec_” and 24 to 64 bytes in base64.');
        }
        return $key;
    }
}
