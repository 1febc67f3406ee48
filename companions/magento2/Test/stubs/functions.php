<?php

declare(strict_types=1);

if (!function_exists('__')) {
    /**
     * As Magento's translation, without one.
     */
    function __(string $text, ...$arguments): string
    {
        foreach ($arguments as $number => $argument) {
            $text = str_replace('%' . ($number + 1), (string)$argument, $text);
        }
        return $text;
    }
}
