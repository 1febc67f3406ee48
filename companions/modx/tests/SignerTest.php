<?php

namespace HubConnectorTests;

use HubConnector\Refusal;
use HubConnector\Signer;
use PHPUnit\Framework\TestCase;

/**
 * Over companions/signature-vectors.json, which the hub's tests read too.
 */
final class SignerTest extends TestCase
{
    private static function vectors(string $group): array
    {
        $file = dirname(__DIR__, 2) . '/signature-vectors.json';
        return json_decode((string) file_get_contents($file), true)[$group];
    }

    private static function named(string $group): array
    {
        return array_map(function (array $vector): array {
            return [$vector];
        }, array_column(self::vectors($group), null, 'name'));
    }

    public static function signed(): array
    {
        return self::named('sign');
    }

    public static function accepted(): array
    {
        return self::named('accept');
    }

    public static function refused(): array
    {
        return self::named('refuse');
    }

    /** @dataProvider signed */
    public function testTheSignatureOfTheVectorsIsMade(array $vector): void
    {
        $headers = (new Signer($vector['secrets']))->headers($vector['id'], $vector['timestamp'], $vector['body']);

        self::assertSame($vector['headers'], $headers);
    }

    /** @dataProvider accepted */
    public function testAGoodMessageIsAccepted(array $vector): void
    {
        $id = (new Signer($vector['secrets']))->verify($vector['headers'], $vector['body'], $vector['now']);

        self::assertSame($vector['headers']['webhook-id'], $id);
    }

    /** @dataProvider refused */
    public function testEverythingElseIsRefused(array $vector): void
    {
        $signer = new Signer($vector['secrets']);

        try {
            $signer->verify($vector['headers'], $vector['body'], $vector['now']);
            self::fail('accepted');
        } catch (Refusal $refusal) {
            self::assertSame([401, $vector['code']], [$refusal->status, $refusal->reason]);
        }
    }

    public function testAClockRefusalNamesTheTimeOfTheShop(): void
    {
        $headers = (new Signer([World::SECRET]))->headers('c-1', 1768471200, '{}');

        try {
            (new Signer([World::SECRET]))->verify($headers, '{}', 1768471200 + 3600);
            self::fail('accepted');
        } catch (Refusal $refusal) {
            self::assertSame('2026-01-15T11:00:00Z', $refusal->details['time']);
            self::assertStringContainsString('2026-01-15T11:00:00Z', $refusal->getMessage());
        }
    }

    public function testASecretOfAnotherFormIsRefusedAndNotRepeated(): void
    {
        foreach (self::vectors('bad_secrets') as $secret) {
            try {
                new Signer([$secret]);
                self::fail("accepted: $secret");
            } catch (\InvalidArgumentException $refusal) {
                self::assertStringNotContainsString($secret, str_replace('“whsec_”', '', $refusal->getMessage()));
            }
        }
    }

    public function testWithoutASecretNothingIsSignedOrAccepted(): void
    {
        $this->expectException(\InvalidArgumentException::class);

        (new Signer(['', '  ']))->headers('c-1', 1768471200, '{}');
    }
}
