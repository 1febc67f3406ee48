<?php

namespace HubConnector;

/**
 * A customer of the shop as PROTOCOL.md has it.
 */
final class CustomerPayload
{
    /**
     * What an order says about its buyer.
     *
     * @param array<string, mixed> $row see ShopAdapter::customers(); empty for a guest
     * @return array<string, mixed>
     */
    public static function person(array $row, Settings $settings): array
    {
        $email = self::text($row, 'email');
        $mobile = self::text($row, 'mobile_phone');
        return [
            'id' => isset($row['id']) ? (int) $row['id'] : 0,
            'email' => $email,
            'email_is_generated' => self::isGenerated($email, $settings->shopHost()),
            'phone' => $mobile !== '' ? $mobile : self::text($row, 'phone'),
            'full_name' => self::text($row, 'full_name'),
            'first_name' => self::text($row, 'first_name'),
            'last_name' => self::text($row, 'last_name'),
            'is_manager' => !empty($row['is_manager']),
        ];
    }

    /**
     * @param array<string, mixed> $row see ShopAdapter::customers()
     * @return array<string, mixed>
     */
    public static function build(array $row, Settings $settings, float $clock): array
    {
        $genders = ['1' => 'male', '2' => 'female'];
        $gender = self::text($row, 'gender');
        $address = isset($row['address']) ? OrderPayload::address($row['address']) : [];
        return [
            'username' => self::text($row, 'username'),
            'phone' => self::text($row, 'phone'),
            'mobile_phone' => self::text($row, 'mobile_phone'),
            'company' => self::text($row, 'company'),
            'birthday' => self::birthday($row),
            'gender' => isset($genders[$gender]) ? $genders[$gender] : '',
            'created_at' => Format::time(self::text($row, 'created_at')),
            'updated_at' => Format::time(self::text($row, 'updated_at')),
            'read_at' => Format::moment($clock),
            'active' => !empty($row['active']),
            'blocked' => !empty($row['blocked']),
            'address' => Format::map(array_filter($address, 'strlen')),
            'groups' => isset($row['groups']) ? $row['groups'] : [],
            'fields' => Format::map(Format::decoded(isset($row['extended']) ? $row['extended'] : [])),
        ] + self::person($row, $settings);
    }

    /**
     * miniShop makes up "<receiver>@<host of the shop>" for a buyer without an e-mail address. A real one at the shop's
     * own domain cannot be told apart here; an order can, by what was entered.
     */
    public static function isGenerated(string $email, string $shopHost): bool
    {
        $host = strtolower((string) substr((string) strrchr($email, '@'), 1));
        $host = strncmp($host, 'www.', 4) === 0 ? substr($host, 4) : $host;
        return $host !== '' && $host === $shopHost;
    }

    private static function birthday(array $row): ?string
    {
        $value = self::text($row, 'birthday');
        if (preg_match('/\A\d{4}-\d\d-\d\d\z/', $value)) {
            return $value;
        }
        // Unix seconds, before 1970 too; 0 is "not given".
        return preg_match('/\A-?[1-9]\d*\z/', $value) ? date('Y-m-d', (int) $value) : null;
    }

    private static function text(array $row, string $key): string
    {
        return isset($row[$key]) ? Format::text($row[$key]) : '';
    }
}
