<?php

namespace HubConnector;

/**
 * Whoever asked for the page that has just been made: PHP-FPM and LiteSpeed can hand it over while PHP goes on working.
 */
final class Visitor
{
    private const FUNCTIONS = ['fastcgi_finish_request', 'litespeed_finish_request'];

    /** Whether PHP can do so here; as a module of Apache it cannot. */
    public static function canLeave(): bool
    {
        return array_filter(self::FUNCTIONS, 'function_exists') !== [];
    }

    public static function letGo(): void
    {
        foreach (self::FUNCTIONS as $function) {
            if (function_exists($function)) {
                $function();
                return;
            }
        }
    }
}
