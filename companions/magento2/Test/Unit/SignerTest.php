<?php

declare(strict_types=1);

namespace Hub\Connector\Test\Unit;

use Hub\Connector\Model\Signer;
use InvalidArgumentException;
use PHPUnit\Framework\TestCase;

/**
 * Over companions/signature-vectors.json, which the hub's tests read too.
 */
class SignerTest extends TestCase
{
    private static function vectors(string $group): array
    {
        return json_decode(file_get_contents(dirname(__DIR__, 3) . '/signature-vectors.json'), true)[$group];
    }

    public static function signed(): array
    {
        $named = array_column(self::vectors('sign'), null, 'name');
        return array_map(static fn (array $vector): array => [$vector], $named);
    }

    /** @dataProvider signed */
    public function testTheSignatureOfTheVectorsIsMade(array $vector): void
    {
        $headers = (new Signer())->headers($vector['secrets'], $vector['id'], $vector['timestamp'], $vector['body']);

        self::assertSame($vector['headers'], $headers);
    }

    public function testASecretOfAnotherFormIsRefused(): void
    {
        foreach ([...self::vectors('bad_secrets'), null] as $secret) {
            try {
                (new Signer())->headers($secret === null ? [] : [$secret], 'id', 1, '');
                self::fail("accepted: $secret");
            } catch (InvalidArgumentException $refusal) {
                self::assertStringStartsWith('The signing secret', $refusal->getMessage());
            }
        }
    }
}
